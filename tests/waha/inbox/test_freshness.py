"""What a live update fetches comes from the primary: replicas may not have it yet."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from mercury.db import consistency
from mercury.db.keyset import Cursor
from tests.waha.inbox.conftest import NOON
from waha.inbox import events, numbers
from waha.inbox.cursors import LiveCursor
from waha.inbox.numbers import Numbers
from waha.models import WahaChat

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where the numbers, which every page reads first, and the poll were read."""
    seen: list[str] = []
    read, since = numbers.read, events.since

    def note() -> None:
        seen.append("primary" if consistency.current().forced else "anywhere")

    def spy_read(user: User, *, counted: bool = True) -> Numbers:
        note()
        return read(user, counted=counted)

    def spy_since(user: User, cursor: LiveCursor) -> dict[str, object]:
        note()
        return since(user, cursor)

    monkeypatch.setattr(numbers, "read", spy_read)
    monkeypatch.setattr(events, "since", spy_since)
    return seen


@pytest.mark.parametrize("name", ["inbox:live", "events:token", "events:poll"])
def test_live_reads_the_primary(desk: Client, chat: WahaChat, reads: list[str], name: str) -> None:
    desk.get(reverse(name), {"after": str(LiveCursor.now(0)), "open": chat.pk})

    assert reads == ["primary"]


def test_newer_messages_are_read_from_the_primary(
    desk: Client, chat: WahaChat, reads: list[str]
) -> None:
    desk.get(reverse("inbox:message-list", args=[chat.pk]), {"after": str(Cursor(NOON, 0))})

    assert reads == ["primary"]


def test_older_messages_and_pages_may_come_from_a_replica(
    desk: Client, chat: WahaChat, reads: list[str]
) -> None:
    desk.get(reverse("inbox:message-list", args=[chat.pk]), {"before": str(Cursor(NOON, 0))})
    desk.get(reverse("inbox:list"))

    assert reads == ["anywhere", "anywhere"]
