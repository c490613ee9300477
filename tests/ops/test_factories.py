from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import Draft, make_chat, make_message, make_read, make_user, write_messages
from waha.models import WahaChat, WahaMessageKey

pytestmark = pytest.mark.django_db


def test_make_message_fills_the_chats_row_in_the_list() -> None:
    chat = make_chat()

    message = make_message(chat, "Is there a place left?")

    chat.refresh_from_db()
    assert chat.last_message_pk == message.pk
    assert chat.last_message_preview == "Is there a place left?"
    assert chat.in_seq == 1
    assert WahaMessageKey.objects.get(message_pk=message.pk).message_id == message.message_id


def test_write_messages_sorts_by_time_and_counts_only_incoming() -> None:
    chat, now = make_chat(), timezone.now()

    written = write_messages(
        chat,
        [
            Draft("second", from_me=True, at=now - timedelta(minutes=1)),
            Draft("first", at=now - timedelta(minutes=2)),
            Draft("third", at=now),
        ],
    )

    assert [row.content for row in written] == ["first", "second", "third"]
    assert [row.in_seq for row in written] == [1, None, 2]


def test_make_read_leaves_nothing_unread() -> None:
    user, chat = make_user(), make_chat()
    make_message(chat)
    make_message(chat)

    before = WahaChat.objects.with_unread(user).get(pk=chat.pk).unread
    make_read(chat, user)

    assert before == 2
    assert WahaChat.objects.with_unread(user).get(pk=chat.pk).unread == 0
