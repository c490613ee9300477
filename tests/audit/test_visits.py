"""Chats that were opened and files that were fetched, on record."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attachments import services
from audit.models import AuditLog
from mercury.db.keyset import Cursor
from tests import factories
from waha.models import MessageType, WahaChat


@pytest.fixture
def chat(client: Client) -> WahaChat:
    """A chat of somebody who is signed in."""
    cache.clear()
    user = factories.make_user(name="Olga")
    found = factories.make_chat()
    factories.share(found.session, user)
    client.force_login(user)
    return found


def events() -> list[tuple[str, str]]:
    told = AuditLog.objects.filter(event__in=["chat.viewed", "attachment.downloaded"])
    return list(told.order_by("pk").values_list("event", "object_repr"))


@pytest.mark.django_db
@pytest.mark.parametrize(("asked", "told"), [(False, 0), (True, 1)])
def test_an_opened_chat_is_told_once_an_hour_if_asked(
    client: Client, chat: WahaChat, settings: Any, asked: bool, told: int
) -> None:
    settings.AUDIT_CHAT_VIEWS = asked

    for headers in ({}, {"HX-Request": "true"}, {}):
        client.get(f"/inbox/{chat.pk}/", headers=headers)
    client.get("/inbox/999999/")

    assert events() == [("chat.viewed", f"chat {chat.pk}")] * told


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["from", "after", "before"])
def test_a_chat_read_by_pages_is_told(
    client: Client, chat: WahaChat, settings: Any, place: str
) -> None:
    settings.AUDIT_CHAT_VIEWS = True

    for _ in range(2):
        client.get(
            reverse("inbox:message-list", args=[chat.pk]), {place: str(Cursor(timezone.now(), 1))}
        )

    assert events() == [("chat.viewed", f"chat {chat.pk}")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cuts",
    [
        ({}, {"Range": "bytes=5-"}),
        ({"Range": "bytes=-9999"}, {"Range": "bytes=0-"}),
        ({"Range": "bytes = 0-"}, {}),
    ],
    ids=["whole first", "from the end", "odd"],
)
def test_a_download_is_told_once_however_it_is_cut(
    client: Client, chat: WahaChat, var_dir: Any, cuts: tuple[dict[str, str], ...]
) -> None:
    message = factories.make_message(chat, "See", type=MessageType.DOCUMENT)
    file = services.store(
        [b"PK\x03\x04 something"], record=message, by=None, max_bytes=10**6, chat_id=chat.pk,
        name="plan.zip",
    )  # fmt: skip
    url = file.get_absolute_url()

    for headers in cuts:
        assert b"something" in b"".join(client.get(url, headers=headers))  # type: ignore[arg-type]
    assert b"".join(client.head(url)) == b""  # type: ignore[arg-type]

    assert events() == [("attachment.downloaded", f"file {file.pk}")]
