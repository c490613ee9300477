"""Chats and messages to look at in the inbox."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import access_cache
from accounts.models import User
from tests.fixtures.personas import make_user, share
from waha.models import (
    Level,
    MessageStatus,
    SessionStatus,
    WahaChat,
    WahaMessage,
    WahaServer,
    WahaSession,
    whereabouts,
)

NOON = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=3)


def add_chat(number: WahaSession, index: int, **values: Any) -> WahaChat:
    """A chat whose last message is `index` minutes before NOON."""
    at = NOON - timedelta(minutes=index)
    return WahaChat.objects.create(
        session=number,
        chat_id=values.pop("chat_id", f"4915200{index:06d}@c.us"),
        name=values.pop("name", f"Customer {index}"),
        last_message_at=values.pop("last_message_at", at),
        first_message_at=values.pop("first_message_at", at),
        last_message_preview=values.pop("preview", f"preview {index}"),
        last_message_type="text",
        **values,
    )


def add_message(chat: WahaChat, text: str, at: datetime = NOON, **values: Any) -> WahaMessage:
    """A message of the chat, incoming unless said otherwise; keeps first_message_at true."""
    from_me = values.pop("from_me", False)
    values.setdefault("status", MessageStatus.SENT if from_me else MessageStatus.RECEIVED)
    values.setdefault("stored_at", at)
    values.setdefault("sender_id", "" if from_me else chat.chat_id)
    message = WahaMessage.objects.create(
        session_id=chat.session_id,
        chat=chat,
        content=text,
        created_at=at,
        from_me=from_me,
        message_id=values.pop("message_id", f"RAW{WahaMessage.objects.count():08d}"),
        **values,
    )
    if chat.first_message_at is None or at < chat.first_message_at:
        chat.first_message_at = at
        chat.save(update_fields=["first_message_at"])
    return message


def add_incoming(chat: WahaChat, text: str, at: datetime = NOON, **values: Any) -> WahaMessage:
    """A live message of the customer: it raises in_seq."""
    chat.refresh_from_db()
    WahaChat.objects.filter(pk=chat.pk).update(in_seq=chat.in_seq + 1)
    return add_message(chat, text, at, in_seq=chat.in_seq + 1, **values)


@pytest.fixture
def other_number(server: WahaServer) -> WahaSession:
    """A number that nobody but its owner may see."""
    return WahaSession.objects.create(
        name="secret",
        title="Board room",
        user=make_user("oscar"),
        server=server,
        waha_name="secret",
        status=SessionStatus.WORKING,
        phone="+447700900002",
    )


@pytest.fixture
def second_number(server: WahaServer, users: dict[str, User]) -> WahaSession:
    """A second number, which olga may answer on too."""
    number = WahaSession.objects.create(
        name="sales",
        title="Sales",
        user=users["mia"],
        server=server,
        waha_name="sales",
        status=SessionStatus.WORKING,
        phone="+447700900003",
    )
    share(number, users["olga"], Level.REPLY)
    return number


@pytest.fixture
def olga(users: dict[str, User]) -> User:
    return users["olga"]


@pytest.fixture
def sign_in(users: dict[str, User]) -> Callable[[str], Client]:
    """A browser in which a persona is signed in."""

    def sign(name: str) -> Client:
        client = Client()
        client.force_login(users[name], backend="accounts.backends.RoleBackend")
        return client

    return sign


@pytest.fixture
def desk(sign_in: Callable[[str], Client]) -> Client:
    """Olga's browser."""
    return sign_in("olga")


@pytest.fixture
def known_access(monkeypatch: pytest.MonkeyPatch) -> None:
    """What users may see is in the cache, as between two requests of real use.

    A test's transaction would have it asked each time.
    """
    known: dict[tuple[int, str], Any] = {}

    def kept(user: User, what: str, ask: Callable[[], Any]) -> Any:
        if (user.pk, what) not in known:
            known[user.pk, what] = ask()
        return known[user.pk, what]

    monkeypatch.setattr(access_cache, "kept", kept)


HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def months_known_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which months are archived is asked once, not by chance in the middle of a count."""
    monkeypatch.setattr(whereabouts, "CACHED", 3600)
