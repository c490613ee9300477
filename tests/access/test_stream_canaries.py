"""Nobody hears of a number that is not theirs from the raw stream of updates."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from tests.access.canaries import Canary
from tests.access.office import ACTORS, Office
from tests.access.rules import GONE
from tests.waha.inbox.test_stream import Browser, add, listen, place, relay_since_long_ago
from waha.inbox import redis_stream, relay, tokens
from waha.inbox.stream import Connection, Stream, _event
from waha.models import UpdateKind, WahaSession, WahaUpdate

pytestmark = [pytest.mark.once, pytest.mark.slow, pytest.mark.redis]

HEARERS = [actor for actor in ACTORS if actor not in GONE]


def hear(office: Office, actors: Iterable[str]) -> dict[str, set[Canary]]:
    """What the stream tells each of them of every update there is."""
    relay_since_long_ago()
    before, told = place(), {}
    rows = list(WahaUpdate.objects.exclude(kind=UpdateKind.ACCESS).order_by("pk"))
    with redis_stream.connected() as server:
        relay._add(server, rows, low=0)

    async def body(app: Stream) -> None:
        for actor in actors:
            browser = Browser(app, known[actor], after=before)
            await asyncio.wait_for(browser.task, 10)
            told[actor] = office.canaries.found_in(browser.text.encode())

    known: dict[str, str] = {}
    for actor in actors:
        known[actor] = office.browser(actor).get("/events/token/").json()["token"]
        # The last that each is told: it ends their stream.
        add(0, 0, UpdateKind.ACCESS, office.people[actor].pk)
    listen(body)
    return told


def leaks(office: Office, told: dict[str, set[Canary]]) -> list[str]:
    return [
        f"{actor} hears of {canary.place} of {canary.number}"
        for actor, heard in told.items()
        for canary in heard
        if not office.reader(actor).may_read(canary)
    ]


def test_nobody_hears_what_is_not_for_them(office: Office, db: None) -> None:
    told = hear(office, HEARERS)

    assert leaks(office, told) == []
    places = {(canary.number, canary.place) for canary in told["member_a"]}
    assert {("a", "session.pk"), ("a", "chat.pk"), ("a", "message.pk")} <= places


async def tell_everything(connection: Connection, entry: Any) -> bool:
    """`_tell` without asking whose number it is."""
    if entry.kind != UpdateKind.ACCESS:
        await connection._write(_event(entry))
    return bool(entry.kind != UpdateKind.ACCESS or entry.user != str(connection._token.user_id))


def every_number(user: Any) -> list[int]:
    return list(WahaSession.objects.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("owner", "attribute", "instead"),
    [(Connection, "_tell", tell_everything), (tokens, "session_ids", every_number)],
)
def test_a_planted_leak_of_the_stream_is_found(
    owner: Any,
    attribute: str,
    instead: Any,
    office: Office,
    db: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(owner, attribute, instead)

    found = leaks(office, hear(office, ["member_a"]))

    assert sorted({each.rsplit(" ", 1)[1] for each in found}) == ["b"]
