"""Numbers on a simulated WAHA that answers at once."""

from collections.abc import Iterator

import pytest

from mercury.db.models import SensitiveData
from tests.factories import make_server, make_session
from waha.gateway.simulator import Preset, Simulator
from waha.models import SessionStatus, WahaServer, WahaSession


@pytest.fixture
def waha() -> Iterator[Simulator]:
    presets = (Preset("shop", "STOPPED"), Preset("desk", "WORKING", "447700900042", "Desk"))
    with Simulator(speed=20, sessions=presets) as running:
        yield running


@pytest.fixture
def waha_server(db: None, waha: Simulator) -> WahaServer:
    secret = SensitiveData.objects.seal({"api_key": waha.api_key})
    return make_server(name="WAHA", url=waha.url, secret=secret)


@pytest.fixture
def shop(waha_server: WahaServer) -> WahaSession:
    """A stopped number."""
    return make_session(name="shop", server=waha_server, status=SessionStatus.STOPPED, phone="")


@pytest.fixture
def desk(waha_server: WahaServer) -> WahaSession:
    """A number that works on WAHA, which we do not know yet."""
    return make_session(name="desk", server=waha_server, status=SessionStatus.CONNECTING, phone="")
