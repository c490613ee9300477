"""What the tests of the road in share."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.waha.inbound.bodies import event_row
from waha.inbound import doors, drain, outage
from waha.models import WahaEvent, WahaSession


@pytest.fixture(autouse=True)
def new_doors() -> None:
    """Sessions are made anew in every test, under the same names."""
    doors.forget()
    outage.forget()


@pytest.fixture
def receive(number: WahaSession) -> Callable[..., list[WahaEvent]]:
    """Journal rows of these bodies, drained at once."""

    def run(*bodies: dict[str, Any]) -> list[WahaEvent]:
        events = [event_row(number, body) for body in bodies]
        drain.drain_all()
        for event in events:
            event.refresh_from_db()
        return events

    return run
