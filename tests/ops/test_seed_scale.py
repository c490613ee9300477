"""`seed --scale`: many messages that hang together, once, however often it was stopped."""

import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, Max, Min, Q

from accounts.models import User
from mercury.ops.management.commands.seed import messages_of
from mercury.ops.seeding import scale
from tests.factories import make_server, make_user
from tests.waha.lifecycle.test_killed import killed_after
from waha.inbox import numbers
from waha.models import (
    Level,
    WahaChat,
    WahaChatAddress,
    WahaMessage,
    WahaMessageKey,
    WahaMessageText,
    WahaServer,
    WahaSession,
)
from waha.search import rebuild

pytestmark = [pytest.mark.core, pytest.mark.slow, pytest.mark.django_db]

MESSAGES, CHATS = 600, 40
KILLS = int(os.environ.get("SEED_KILLS", "6"))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "CHATS", CHATS)
    monkeypatch.setattr(scale, "CHUNK", 100)


def build(messages: int = MESSAGES) -> None:
    """The same without the ten users of the small seed."""
    owner = User.objects.get_queryset().by_email("owner@example.com").first()
    server = WahaServer.objects.first()
    scale.build(
        messages=messages,
        owner=owner or make_user(email="owner@example.com"),
        server=server or make_server(),
        progress=lambda done, total: None,
    )


def counts() -> tuple[int, ...]:
    """How many there are of everything on the large numbers."""
    large = {"session__name__startswith": "scale-"}
    models = (WahaMessage, WahaMessageKey, WahaChat, WahaChatAddress)
    return tuple(model.objects.filter(**large).count() for model in models)


def truth() -> dict[int, tuple[object, ...]]:
    """{chat: what its row should say} by the messages themselves."""
    rows = WahaMessage.objects.filter(session__name__startswith="scale-").values("chat_id")
    found = rows.annotate(
        heard=Count("pk", filter=Q(from_me=False)), first=Min("created_at"), last=Max("created_at")
    )
    return {row["chat_id"]: (row["heard"], row["first"], row["last"]) for row in found}


def shown() -> dict[int, tuple[object, ...]]:
    rows = WahaChat.objects.filter(
        session__name__startswith="scale-", last_message_at__isnull=False
    )
    return {chat.pk: (chat.in_seq, chat.first_message_at, chat.last_message_at) for chat in rows}


def test_seed_writes_large_numbers_that_everybody_seeded_sees() -> None:
    out = StringIO()

    call_command("seed", "--scale", str(MESSAGES), stdout=out)

    assert "██████████████████████████████ 600 of 600 messages" in out.getvalue()
    owner, viewer = (User.objects.get_by_natural_key(f"user{n}@example.com") for n in (1, 10))
    sessions = list(WahaSession.objects.filter(name__startswith="scale-"))
    assert [session.level_of(viewer) for session in sessions] == [Level.VIEW] * scale.SESSIONS
    assert numbers.read(owner).unread_total > 0


def test_messages_hang_together_and_a_second_run_adds_nothing() -> None:
    build()
    first, chats = counts(), shown()

    build()

    assert first == counts() == (MESSAGES, MESSAGES, CHATS, CHATS)
    assert chats == shown() == truth()
    assert (WahaMessageText.objects.count(), rebuild.problems()) == (MESSAGES, [])
    # Zipf's law: few large ones, many small.
    heard = sorted((int(str(row[0])) for row in chats.values()), reverse=True)
    assert heard[0] > 5 * heard[len(heard) // 2]


def test_another_scale_than_the_one_begun_is_refused() -> None:
    build()

    with pytest.raises(scale.ScaleRefused, match=r"600 messages were begun here\. Run it with"):
        build(700)


@pytest.mark.parametrize("text", ["0", "-5", "1g", "many", ""])
def test_what_is_no_number_of_messages_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="write 200k, 1m or 10m"):
        call_command("seed", "--scale", text)


def test_sizes_are_read() -> None:
    assert [messages_of(text) for text in ("200k", "1M", "7")] == [200_000, 1_000_000, 7]


@pytest.mark.django_db(transaction=True)
def test_scale_killed_anywhere_goes_on_and_writes_every_message_once() -> None:
    make_user(email="owner@example.com")
    make_server()
    for number in range(KILLS):
        killed_after(0.05 + 0.03 * number, build)

    build()

    assert counts() == (MESSAGES, MESSAGES, CHATS, CHATS)
    assert shown() == truth()
    assert rebuild.problems() == []
