"""A number whose history WAHA keeps while webhooks get lost."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from tests.fixtures.simulator import SUPPORT
from tests.waha.gateway.receiver import Receiver
from tests.waha.inbound.bodies import event_row
from waha.gateway.simulator import Simulator
from waha.inbound import drain, reconcile
from waha.models import WahaServer, WahaSession


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "PAUSE", 0)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(params=["NOWEB"])
def waha(
    request: pytest.FixtureRequest, server: WahaServer, number: WahaSession, receiver: Receiver
) -> Iterator[Simulator]:
    """A WAHA that posts to `receiver`; the number was in order an hour ago."""
    with Simulator(
        api_key=settings.WAHA_API_KEY, sessions=(SUPPORT,), speed=50, acks=False, seed=7,
        webhook_url=receiver.url, engine=request.param,
    ) as simulator:  # fmt: skip
        server.url, server.engine = simulator.url, request.param
        server.save(update_fields=["url", "engine"])
        number.server = server
        number.reconciled_to = timezone.now() - timedelta(hours=1)
        number.save(update_fields=["reconciled_to"])
        yield simulator


@pytest.fixture
def apply(number: WahaSession, waha: Simulator, receiver: Receiver) -> Callable[[], None]:
    """Journal the webhooks that arrived and apply them."""

    def run() -> None:
        waha.settle()
        for envelope in receiver:
            event_row(number, envelope)
        drain.drain_all()

    return run
