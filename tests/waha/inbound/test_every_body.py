"""Every body we have, through the HTTP endpoint, ends in the rows written down beside this.

`expected/*.txt` is read and corrected by hand: one line a row, as `dump` writes it.
"""

import json
import random
from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from mercury.db.sensitive import SensitiveData
from tests.waha.inbound import deliveries, dump
from waha.inbound import drain
from waha.models import WahaServer, WahaSession

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.slow]

EXPECTED = Path(__file__).parent / "expected"
SETS = {
    "composed": ("sales-uk", deliveries.composed),
    "recorded": ("default", deliveries.recorded),
}


@pytest.fixture
def session_of(server: WahaServer, number: WahaSession) -> Callable[[str], WahaSession]:
    def make(waha_name: str) -> WahaSession:
        return WahaSession.objects.create(
            name=f"our-{waha_name}",
            user=number.user,
            server=server,
            waha_name=waha_name,
            secret=SensitiveData.objects.seal({"hmac_keys": [settings.WAHA_HMAC_KEY]}),
        )

    return make


def deliver(client: Client, session: WahaSession, body: bytes) -> int:
    status: int = deliveries.post(client, session.name, body, settings.WAHA_HMAC_KEY).status_code
    return status


def differences(session: WahaSession, name: str) -> list[str]:
    """What is not as written down: lines with - are missing, lines with + too many."""
    expected = (EXPECTED / f"{name}.txt").read_text().splitlines()
    found = unified_diff(expected, dump.rows(session).splitlines(), lineterm="", n=0)
    return [line for line in found if not line.startswith(("---", "+++", "@@"))]


@pytest.mark.parametrize(("name", "folder"), [("composed", "webhooks"), ("recorded", "recorded")])
def test_every_file_is_delivered_and_written_down(name: str, folder: str) -> None:
    """A file that were left out on either side would be held to nothing."""
    files = {path.stem for path in (deliveries.DATA / folder).glob("*.json")}
    sent = SETS[name][1]()
    written = (EXPECTED / f"{name}.txt").read_text().splitlines()

    ended = {line.split()[2] for line in written if line.startswith("event ")}

    assert {each.name for each in sent} == files
    assert {json.loads(each.body)["id"] for each in sent} == ended
    assert len(files) > 50


@pytest.mark.parametrize("name", SETS)
def test_every_body_ends_in_the_rows_written_down(name, client, session_of):
    waha_name, bodies = SETS[name]
    session = session_of(waha_name)

    answers = {deliver(client, session, each.body) for each in bodies()}
    drain.drain_all()

    assert answers == {200}
    assert differences(session, name) == []


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", SETS)
def test_shuffled_and_repeated_bodies_end_in_the_same_rows(name, seed, client, session_of):
    waha_name, bodies = SETS[name]
    session = session_of(waha_name)
    chance = random.Random(seed)
    shuffled = [*bodies(), *bodies()]
    chance.shuffle(shuffled)

    while shuffled:
        for each in [shuffled.pop() for _ in range(min(len(shuffled), chance.choice([1, 7, 60])))]:
            deliver(client, session, each.body)
        drain.drain_all()

    assert differences(session, name) == []
