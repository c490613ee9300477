"""What people do with messages that failed or are not confirmed: retry, confirm, discard."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from attachments.models import Attachment
from audit.models import AuditLog
from tests.waha.outbound.conftest import Send, state
from waha.models import (
    MessageStatus,
    OutboxState,
    WahaChat,
    WahaMessage,
    WahaMessageKey,
    WahaOutbox,
)
from waha.outbound import outbox
from waha.outbound.outbox import MessageRefused

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4 offer"


def move(message: WahaMessage, status: MessageStatus, to: OutboxState) -> None:
    WahaMessage.objects.filter(pk=message.pk).update(status=status, error="some reason")
    WahaOutbox.objects.filter(message_id=message.pk).update(state=to)


@pytest.mark.core
@pytest.mark.parametrize(
    ("status", "was"),
    [(MessageStatus.FAILED, OutboxState.FAILED), (MessageStatus.UNKNOWN, OutboxState.UNKNOWN)],
)
def test_retry_queues_again_once(
    send: Send, olga: User, status: MessageStatus, was: OutboxState
) -> None:
    message = send()
    move(message, status, was)

    for _ in range(2):
        outbox.retry(message=message, by=olga)

    message.refresh_from_db()
    assert (state(message), message.error) == (("pending", "queued"), "")
    assert message.chat.last_message_status == "pending"
    assert AuditLog.objects.filter(event="message.retried", object_id=message.pk).count() == 1


@pytest.mark.parametrize(
    ("status", "was"),
    [
        (MessageStatus.SENT, OutboxState.SENT),
        (MessageStatus.READ, OutboxState.UNKNOWN),
        (MessageStatus.PENDING, OutboxState.SENDING),
        (MessageStatus.PENDING, OutboxState.UNKNOWN),
    ],
)
def test_retry_leaves_what_is_on_its_way_or_sent(
    send: Send, olga: User, status: MessageStatus, was: OutboxState
) -> None:
    message = send()
    move(message, status, was)

    outbox.retry(message=message, by=olga)

    assert state(message) == (status, was)


def test_retry_of_a_message_typed_on_the_phone_is_refused(chat: WahaChat, olga: User) -> None:
    typed = WahaMessage.objects.create(
        session=chat.session, chat=chat, from_me=True, status="failed", created_at=timezone.now()
    )

    with pytest.raises(MessageRefused, match="not sent from here"):
        outbox.retry(message=typed, by=olga)


def test_confirm_takes_a_persons_word_and_waits_for_the_echo(send: Send, olga: User) -> None:
    message = send()
    move(message, MessageStatus.UNKNOWN, OutboxState.UNKNOWN)

    outbox.confirm(message=message, by=olga)

    assert state(message) == ("sent", "unknown")


@pytest.mark.core
def test_discard_deletes_the_message_and_shows_the_one_before(
    chat: WahaChat,
    send: Send,
    send_file: Send,
    olga: User,
    django_capture_on_commit_callbacks: Callable[..., Any],
    files_folder: Path,
) -> None:
    first = send("first", token="t1")
    second = send_file(PDF, "offer.pdf", token="t2")
    move(second, MessageStatus.FAILED, OutboxState.FAILED)

    with django_capture_on_commit_callbacks(execute=True):
        outbox.discard(message=second, by=olga)

    chat.refresh_from_db()
    row = WahaOutbox.objects.get(client_token="t2")
    kept = [path for path in files_folder.rglob("*") if path.is_file()]
    assert list(WahaMessage.objects.values_list("pk", flat=True)) == [first.pk]
    assert list(WahaMessageKey.objects.values_list("message_pk", flat=True)) == [first.pk]
    assert (row.state, Attachment.objects.count(), kept) == ("discarded", 0, [])
    assert (chat.last_message_pk, chat.last_message_preview) == (first.pk, "first")


def test_discard_of_the_only_message_leaves_an_empty_chat(
    chat: WahaChat, send: Send, olga: User
) -> None:
    message = send()

    outbox.discard(message=message, by=olga)

    chat.refresh_from_db()
    assert (chat.last_message_at, chat.last_message_pk, chat.last_message_preview) == (
        None,
        None,
        "",
    )


def test_a_form_of_a_discarded_message_is_not_sent(send: Send, olga: User) -> None:
    outbox.discard(message=send(token="t1"), by=olga)

    with pytest.raises(MessageRefused, match="discarded"):
        send(token="t1")


@pytest.mark.parametrize(
    ("status", "was", "words"),
    [
        (MessageStatus.SENT, OutboxState.SENT, "sent meanwhile"),
        (MessageStatus.SENT, OutboxState.UNKNOWN, "sent meanwhile"),
        (MessageStatus.PENDING, OutboxState.SENDING, "being sent right now"),
    ],
)
def test_discard_refuses_what_is_sent_or_being_sent(
    send: Send, olga: User, status: MessageStatus, was: OutboxState, words: str
) -> None:
    message = send()
    move(message, status, was)

    with pytest.raises(MessageRefused, match=words):
        outbox.discard(message=message, by=olga)
    assert state(message) == (status, was)
