import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import User
from attachments import services as files
from attachments.models import Attachment
from tests.waha.outbound.conftest import Send
from waha.models import (
    ChatKind,
    MediaState,
    SessionStatus,
    WahaChat,
    WahaMessage,
    WahaMessageKey,
    WahaOutbox,
    WahaSession,
    WahaUpdate,
)
from waha.outbound import outbox
from waha.outbound.outbox import MessageRefused

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4 offer"


@pytest.mark.core
def test_send_text_writes_message_key_outbox_head_and_update(
    chat: WahaChat, olga: User, send: Send
) -> None:
    WahaChat.objects.filter(pk=chat.pk).update(last_message_at=None, archived_at=timezone.now())

    message = send("hello", token="t1")

    chat.refresh_from_db()
    row = WahaOutbox.objects.get(message_id=message.pk)
    key = WahaMessageKey.objects.get(message_pk=message.pk)
    assert (message.status, message.content, message.sent_by_id) == ("pending", "hello", olga.pk)
    assert message.created_at.microsecond == 0
    assert (row.state, row.client_token, row.message_created_at) == (
        "queued",
        "t1",
        message.created_at,
    )
    assert (key.message_id, key.from_me, key.created_at) == ("token:t1", True, message.created_at)
    assert (chat.last_message_pk, chat.last_message_preview) == (message.pk, "hello")
    assert (chat.last_message_from_me, chat.last_message_status) == (True, "pending")
    assert (chat.first_message_at, chat.last_message_at) == (message.created_at,) * 2
    assert chat.archived_at is None
    assert list(WahaUpdate.objects.values_list("kind", "chat_id", "ref")) == [
        ("message", chat.pk, message.pk)
    ]


def test_send_text_hints_once_it_is_committed(
    send: Send,
    hints: list[str],
    run_hints: object,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        send()

    assert "deliver" in hints


@pytest.mark.core
def test_send_text_twice_with_one_token_queues_once(send: Send) -> None:
    first = send("hello", token="t1")
    second = send("changed meanwhile", token="t1")

    assert (first.pk, second.content) == (second.pk, "hello")
    assert (WahaMessage.objects.count(), WahaOutbox.objects.count()) == (1, 1)


@pytest.mark.core
@pytest.mark.django_db(transaction=True)
def test_send_text_from_two_threads_with_one_token_queues_once(chat: WahaChat, olga: User) -> None:
    sent: list[int] = []
    start = threading.Barrier(4)

    def click() -> None:
        try:
            start.wait()
            message = outbox.send_text(chat=chat, body="hi", by=olga, client_token="same")
            sent.append(message.pk)
        finally:
            connections.close_all()

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join(30)

    assert (len(sent), len(set(sent))) == (4, 1)
    assert (WahaMessage.objects.count(), WahaOutbox.objects.count()) == (1, 1)


def test_a_token_of_somebody_else_shows_nothing(
    send: Send, users: dict[str, User], chat: WahaChat
) -> None:
    send(token="t1")

    with pytest.raises(MessageRefused, match="out of date"):
        outbox.send_text(chat=chat, body="x", by=users["mia"], client_token="t1")


@pytest.mark.parametrize("token", ["", "t" * 65])
def test_a_token_that_cannot_be_kept_is_refused(send: Send, token: str) -> None:
    with pytest.raises(MessageRefused, match="Reload"):
        send(token=token)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("  two\r\nlines \n", "two\nlines"),
        ("nul\x00 and \ud83d half", "nul and  half"),
        ("👩‍👩‍👧 مرحبا", "👩‍👩‍👧 مرحبا"),
        ("x" * 65_536, "x" * 65_536),
    ],
)
def test_send_text_cleans_what_browsers_send(send: Send, body: str, kept: str) -> None:
    message = send(body)
    message.refresh_from_db()

    assert message.content == kept


@pytest.mark.parametrize(
    ("body", "words"), [("", "empty"), (" \r\n ", "empty"), ("x" * 65_537, "too long: 65537")]
)
def test_send_text_refuses_what_whatsapp_would(send: Send, body: str, words: str) -> None:
    with pytest.raises(MessageRefused, match=words):
        send(body)

    assert WahaMessage.objects.count() == 0


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (SessionStatus.STOPPED, "switched off"),
        (SessionStatus.FAILED, "lost its connection"),
        (SessionStatus.SCAN_QR, "QR code"),
        (SessionStatus.CONNECTING, ""),
        (SessionStatus.WORKING, ""),
    ],
)
def test_a_number_takes_messages_only_while_it_runs(
    number: WahaSession, chat: WahaChat, olga: User, status: SessionStatus, words: str
) -> None:
    number.status = status
    number.save(update_fields=["status"])
    fresh = WahaChat.objects.get(pk=chat.pk)

    assert (words in outbox.closed_reason(number), bool(outbox.closed_reason(number))) == (
        True,
        bool(words),
    )
    if words:
        with pytest.raises(MessageRefused, match=words):
            outbox.send_text(chat=fresh, body="x", by=olga, client_token="t")
    else:
        outbox.send_text(chat=fresh, body="x", by=olga, client_token="t")


def test_a_channel_takes_no_messages(chat: WahaChat, send: Send) -> None:
    chat.kind = ChatKind.CHANNEL

    with pytest.raises(MessageRefused, match="nobody answer"):
        send()


def test_a_message_comes_after_what_the_customers_clock_wrote(chat: WahaChat, send: Send) -> None:
    ahead = timezone.now().replace(microsecond=0) + timedelta(seconds=20)
    WahaChat.objects.filter(pk=chat.pk).update(last_message_at=ahead, last_message_pk=2**62)

    message = send()

    chat.refresh_from_db()
    assert (message.created_at, message.pk) == (ahead, 2**62 + 1)
    assert chat.last_message_pk == message.pk


def test_send_text_quotes_the_message_it_answers(chat: WahaChat, send: Send) -> None:
    asked = WahaMessage.objects.create(
        session=chat.session,
        chat=chat,
        message_id="RAW1",
        content="When?",
        status="received",
        sender_id="447700900123@c.us",
        created_at=timezone.now(),
    )

    message = send("Now", reply_to=asked)

    assert message.reply_to_message_id == "RAW1"
    assert message.extra["quote"] == {
        "sender": "447700900123@c.us",
        "type": "text",
        "text": "When?",
        "from_me": False,
    }


def test_an_unsent_message_cannot_be_answered(send: Send) -> None:
    waiting = send()

    with pytest.raises(MessageRefused, match="Wait until it is sent"):
        send("answer", token="t2", reply_to=waiting)


@pytest.mark.core
def test_send_file_stores_the_file_on_the_message(chat: WahaChat, send_file: Send) -> None:
    message = send_file(PDF, "offer.pdf", caption=" Our offer ")

    kept = Attachment.objects.of(message).get()
    assert (message.type, message.content, message.media_name) == (
        "document",
        "Our offer",
        "offer.pdf",
    )
    assert (message.media_state, message.media_size) == (MediaState.STORED, len(PDF))
    assert (kept.chat_id, files.read(kept)) == (chat.pk, PDF)


def test_send_file_twice_with_one_token_keeps_one_file(send_file: Send, files_folder: Path) -> None:
    first = send_file(PDF, "offer.pdf")
    second = send_file(PDF, "offer.pdf")

    kept = [path for path in files_folder.rglob("*") if path.is_file()]
    assert (first.pk, Attachment.objects.count(), len(kept)) == (second.pk, 1, 1)


@pytest.mark.parametrize(
    ("data", "name", "options", "words"),
    [
        (b"", "a.txt", {}, "empty"),
        (b"x" * 2000, "a.txt", {}, "too large"),
        (b"hello", "a.txt", {"voice": True}, "not a recording"),
        (PDF, "a.pdf", {"caption": "x" * 65_537}, "too long"),
    ],
)
def test_send_file_refuses_and_keeps_nothing(
    send_file: Send,
    settings: Any,
    files_folder: Path,
    data: bytes,
    name: str,
    options: dict[str, object],
    words: str,
) -> None:
    settings.MEDIA_MAX_BYTES = 1000

    with pytest.raises(MessageRefused, match=words):
        send_file(data, name, **options)

    kept = [path for path in files_folder.rglob("*") if path.is_file()]
    assert (WahaMessage.objects.count(), Attachment.objects.count(), kept) == (0, 0, [])


def test_send_file_refuses_what_the_virus_scan_holds_back(
    send_file: Send, settings: Any, files_folder: Path
) -> None:
    settings.CLAMD_URL = "tcp://127.0.0.1:9"  # nobody scans: it counts as infected

    with pytest.raises(MessageRefused, match="held back by the virus scan"):
        send_file(PDF, "offer.pdf")

    kept = [path for path in files_folder.rglob("*") if path.is_file()]
    assert (WahaMessage.objects.count(), Attachment.objects.count(), kept) == (0, 0, [])
