"""Faults on demand: what goes wrong between WAHA and us, by order or by lot."""

import random
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any


@dataclass(slots=True)
class RestFault:
    """What happens to REST requests whose path matches.

    `after`: WAHA does the thing first (the send goes out), then answers `status`, drops the
    connection or hangs. `times` None means until cleared.
    """

    path: str = "*"
    method: str = "*"
    times: int | None = 1
    probability: float = 1.0
    delay_ms: int = 0
    status: int | None = None
    retry_after: int | None = None
    message: str = "Injected by the simulator"
    drop: bool = False
    hang: bool = False
    after: bool = False
    id: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Tell whether a request is meant; `*` in the path stands for anything."""
        return self.method in {"*", method} and fnmatchcase(path, self.path)


@dataclass(slots=True)
class WebhookFaults:
    """What happens to webhooks, each with its own probability; `silence` swallows all."""

    duplicate: float = 0.0
    copies: int = 2
    reorder: float = 0.0
    reorder_ms: int = 2000
    lose: float = 0.0
    silence: bool = False


@dataclass(slots=True)
class Faults:
    """The faults in force. Draws come from a seeded source, so that a run can be repeated."""

    rng: random.Random
    rest: list[RestFault] = field(default_factory=list)
    webhooks: WebhookFaults = field(default_factory=WebhookFaults)
    _last_id: int = 0

    def add(self, **fields: Any) -> RestFault:
        """Put a fault in force."""
        self._last_id += 1
        fault = RestFault(**fields, id=self._last_id)
        self.rest.append(fault)
        return fault

    def draw(self, method: str, path: str) -> RestFault | None:
        """Return the fault that hits this request, if one does, and use it up by one."""
        for fault in self.rest:
            if not fault.matches(method, path) or self.rng.random() >= fault.probability:
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.rest.remove(fault)
            return fault
        return None

    def set_webhooks(self, **fields: Any) -> WebhookFaults:
        """Replace the faults of webhooks; what is not named goes back to none."""
        self.webhooks = WebhookFaults(**fields)
        return self.webhooks

    def clear(self) -> None:
        """Put everything right again."""
        self.rest.clear()
        self.webhooks = WebhookFaults()

    def hits(self, probability: float) -> bool:
        """Draw a lot."""
        return probability > 0 and self.rng.random() < probability
