"""WAHA's webhook sender: from memory, in parallel, best effort, with its retry policies."""

import asyncio
import json
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass

import httpx

from waha.gateway.signing import ALGORITHM, sign
from waha.gateway.simulator.faults import Faults
from waha.gateway.simulator.ids import event_id, request_id
from waha.gateway.simulator.options import Options
from waha.gateway.simulator.state import Emission, Json, Session, Truth

logger = logging.getLogger(__name__)
NOT_IN_STAR = {"state.change", "engine.event"}
EMISSIONS_KEPT = 200_000
PARALLEL = 48


@dataclass(frozen=True, slots=True)
class Target:
    """One webhook of a session, or the server's own."""

    url: str
    events: frozenset[str]
    key: str | None
    policy: str
    delay: float
    attempts: int
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, config: Json, session: str) -> "Target":
        """Read an entry of `config.webhooks`, with WAHA's defaults for what it leaves out."""
        retries = config.get("retries") or {}
        headers = config.get("customHeaders") or []
        return cls(
            url=str(config["url"]).replace("{session}", session),
            events=frozenset(config.get("events") or ()),
            key=(config.get("hmac") or {}).get("key"),
            policy=retries.get("policy") or "constant",
            delay=float(retries.get("delaySeconds", 2)),
            attempts=int(retries.get("attempts", 15)),
            headers=tuple((str(one["name"]), str(one["value"])) for one in headers),
        )

    def wants(self, event: str) -> bool:
        """Tell whether the webhook is subscribed; `*` leaves the noisy ones out."""
        return event in self.events or ("*" in self.events and event not in NOT_IN_STAR)

    def pause(self, retry: int, jitter: float) -> float:
        """Return the seconds before retry number `retry` (from 1), `jitter` being 0 to 1."""
        if self.policy == "linear":
            return self.delay * retry
        if self.policy == "exponential":
            return self.delay * 2.0**retry * (1 + 0.2 * jitter)
        return self.delay


class Webhooks:
    """Sends events to whoever subscribed. Every retry repeats the same bytes and headers."""

    def __init__(self, options: Options, faults: Faults, truth: Truth, environment: Json) -> None:
        self.options = options
        self.faults = faults
        self.truth = truth
        self.environment = environment
        self._pending: set[asyncio.Task[None]] = set()
        # httpx's own queue takes time by the square of those who wait in it: they wait here.
        self._turns = asyncio.Semaphore(PARALLEL)
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(None),  # WAHA waits for a receiver for ever
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=PARALLEL),
            trust_env=False,
            verify=False,  # noqa: S501 (nor does WAHA verify, since 2025.12.2)
        )

    def emit(
        self,
        session: Session,
        event: str,
        payload: Json,
        *,
        envelope: tuple[str, int] | None = None,
    ) -> list[asyncio.Task[None]]:
        """Start sending one event; the tasks end with its last attempt.

        `envelope` (id, milliseconds) is shared by `message` and `message.any` of one message.
        """
        targets = [one for one in self._targets(session) if one.wants(event)]
        if not targets:
            return []
        identity, millis = envelope or (event_id(), int(time.time() * 1000))
        body = self._body(session, event, payload, identity, millis)
        started = []
        for target in targets:
            emission = Emission(identity, event, session.name, _raw_id(payload))
            if len(self.truth.emissions) < EMISSIONS_KEPT:
                self.truth.emissions.append(emission)
            started += self._start(session, target, body, millis, emission)
        return started

    async def settle(self, timeout: float) -> bool:
        """Wait until nothing is on its way; False when that takes longer than `timeout`."""
        deadline = time.monotonic() + timeout
        while self._pending and time.monotonic() < deadline:
            left = max(0.0, deadline - time.monotonic())
            await asyncio.wait(set(self._pending), timeout=left)
        return not self._pending

    async def close(self) -> None:
        """Forget everything that is on its way, as WAHA does when it ends."""
        for task in list(self._pending):
            task.cancel()
        await asyncio.gather(*self._pending, return_exceptions=True)
        await self._client.aclose()

    def _targets(self, session: Session) -> Iterable[Target]:
        for config in session.config.get("webhooks") or []:
            yield Target.read(config, session.name)
        if url := self.options.global_webhook_url:
            retries = self.options.retries
            yield Target(
                url=url.replace("{session}", session.name),
                events=frozenset(self.options.events),
                key=self.options.hmac_key,
                policy=retries.policy,
                delay=retries.delay_seconds,
                attempts=retries.attempts,
            )

    def _body(
        self, session: Session, event: str, payload: Json, identity: str, millis: int
    ) -> bytes:
        envelope: Json = {
            "id": identity,
            "timestamp": millis,
            "event": event,
            "session": session.name,
        }
        if metadata := session.config.get("metadata"):
            envelope["metadata"] = metadata
        envelope |= {
            "me": session.me,
            "payload": payload,
            "engine": self.environment["engine"],
            "environment": self.environment,
        }
        return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()

    def _start(
        self, session: Session, target: Target, body: bytes, millis: int, emission: Emission
    ) -> list[asyncio.Task[None]]:
        faults = self.faults.webhooks
        if session.silent or faults.silence or self.faults.hits(faults.lose):
            emission.lost = True
            self.truth.faults_injected += 1
            return []
        copies = 1
        if self.faults.hits(faults.duplicate):
            copies = faults.copies
            self.truth.faults_injected += 1
        started = []
        for _ in range(copies):
            wait = 0.0
            if self.faults.hits(faults.reorder):
                wait = self.faults.rng.random() * faults.reorder_ms / 1000
                self.truth.faults_injected += 1
            task = asyncio.create_task(self._deliver(target, body, millis, emission, wait))
            self._pending.add(task)
            task.add_done_callback(self._pending.discard)
            started.append(task)
        return started

    async def _deliver(
        self, target: Target, body: bytes, millis: int, emission: Emission, wait: float
    ) -> None:
        await asyncio.sleep(wait)
        headers = self._headers(target, body, millis)
        asked = 0.0
        for retry in range(target.attempts + 1):
            if retry:
                pause = target.pause(retry, self.faults.rng.random())
                await asyncio.sleep(max(pause, asked) / self.options.speed)
            emission.attempts += 1
            async with self._turns:
                status, asked = await self._post(target.url, headers, body)
            if 200 <= status < 300:
                emission.delivered += 1
                return
        emission.dead = True
        logger.warning("Event %s of %s given up.", emission.envelope_id, emission.session)

    async def _post(
        self, url: str, headers: list[tuple[str, str]], body: bytes
    ) -> tuple[int, float]:
        try:
            answer = await self._client.post(
                url, headers=headers, content=body, follow_redirects=True
            )
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
            return 0, 0.0
        asked = answer.headers.get("Retry-After", "")
        return answer.status_code, float(asked) if asked.isdigit() else 0.0

    def _headers(self, target: Target, body: bytes, millis: int) -> list[tuple[str, str]]:
        headers = [
            ("Accept", "application/json, text/plain, */*"),
            ("Content-Type", "application/json"),
            ("User-Agent", f"WAHA/{self.options.version}"),
            *target.headers,
            ("X-Webhook-Request-Id", request_id()),
            ("X-Webhook-Timestamp", str(millis)),
        ]
        if target.key:
            headers.append(("X-Webhook-Hmac", sign(target.key, body)))
            headers.append(("X-Webhook-Hmac-Algorithm", ALGORITHM))
        return headers


def _raw_id(payload: Json) -> str | None:
    found = payload.get("id")
    if not isinstance(found, str):
        return None
    parts = found.split("_", 3)
    return parts[2] if len(parts) >= 3 else found
