"""Reading a chat in the moment in which it becomes one with another; on a server with row locks."""

import threading
from typing import Any

import pytest
from django.db import connections

from accounts.models import User
from waha.inbound.apply import merge
from waha.inbox import reads
from waha.models import ChatRead, WahaChat, WahaSession

pytestmark = [pytest.mark.mysql, pytest.mark.django_db(transaction=True)]

PHONE, LID = "447700900123@c.us", "223344556677889@lid"


def test_reader_of_a_chat_that_is_being_joined_hides_nobodys_unread_messages(
    number: WahaSession, users: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    olga, mia = users["olga"], users["mia"]
    keep = WahaChat.objects.create(session=number, chat_id=PHONE, in_seq=3, read_floor=3)
    absorbed = WahaChat.objects.create(session=number, chat_id=LID, in_seq=2, read_floor=2)
    ChatRead.objects.create(chat=keep, user=olga, read_seq=3)
    ChatRead.objects.create(chat=keep, user=mia, read_seq=2, is_behind=True)
    reading, joined, really = threading.Event(), threading.Event(), reads._move

    def move_slowly(*args: Any) -> bool:
        reading.set()
        joined.wait(1)  # without a lock on the chat the join is through by then
        return really(*args)

    def read() -> None:
        reads.mark_read(chat=keep, by=olga)
        connections.close_all()

    monkeypatch.setattr(reads, "_move", move_slowly)
    reader = threading.Thread(target=read)
    reader.start()
    assert reading.wait(10)
    merge.join(keep, absorbed)
    joined.set()
    reader.join()

    places = ChatRead.objects.filter(chat=keep).values_list("user", "read_seq", "is_behind")
    assert set(places) == {(olga.pk, 5, False), (mia.pk, 4, True)}
    assert list(WahaChat.objects.unread_by(mia)) == [keep]
