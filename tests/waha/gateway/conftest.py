"""A WAHA, a client of it and a receiver of its webhooks."""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.waha.gateway.receiver import Receiver
from waha.gateway.client import WahaClient
from waha.gateway.simulator import Simulator

SHORT = httpx.Timeout(0.5)


@pytest.fixture(scope="module")
def _running() -> Iterator[Simulator]:
    with Simulator(speed=100, acks=False) as simulator:
        yield simulator


@pytest.fixture
def waha(_running: Simulator) -> Simulator:
    _running.reset()
    return _running


@pytest.fixture
def client(waha: Simulator) -> WahaClient:
    return WahaClient(waha.url, waha.api_key)


@pytest.fixture
def impatient(waha: Simulator) -> WahaClient:
    """A client that gives up after half a second, for answers that never come."""
    return WahaClient(waha.url, waha.api_key, timeout=SHORT)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def wait_for() -> Callable[[Callable[[], object]], None]:
    """Wait up to 20 s until something is true."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, "it did not come true within 20 s"
            time.sleep(0.01)

    return wait
