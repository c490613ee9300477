"""Sending from the composer, and deciding on what was not sent."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.attachments.broken_uploads import LARGE, cut_form, full_disk
from tests.waha.inbox.conftest import HTMX, NOON, add_incoming, add_message
from waha.models import (
    ChatRead,
    MessageStatus,
    OutboxState,
    UpdateKind,
    WahaChat,
    WahaMessage,
    WahaOutbox,
    WahaSession,
    WahaUpdate,
)
from waha.outbound import outbox

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def form(**values: Any) -> dict[str, Any]:
    return {"text": "Hello", "client_token": str(uuid.uuid4()), **values}


def url_of(chat: WahaChat, name: str = "message-send", *more: int) -> str:
    return reverse(f"inbox:{name}", args=[chat.pk, *more])


def sent(chat: WahaChat) -> list[str]:
    return list(chat.messages.order_by("pk").values_list("content", flat=True))


@pytest.mark.parametrize(
    ("persona", "status", "count"), [("olga", 302, 1), ("mia", 302, 1), ("vera", 403, 0)]
)
def test_sending_needs_the_level_to_reply(
    sign_in: Callable[[str], Client], chat: WahaChat, persona: str, status: int, count: int
) -> None:
    response = sign_in(persona).post(url_of(chat), form())

    assert (response.status_code, chat.messages.count()) == (status, count)


def test_plain_form_leads_back_to_the_chat_with_the_message_in_it(
    desk: Client, chat: WahaChat
) -> None:
    response = desk.post(url_of(chat), form(text="Hello Carla"), follow=True)

    assert response.redirect_chain == [(f"/inbox/{chat.pk}/", 302)]
    assert [bubble.content for bubble in response.context["messages"]] == ["Hello Carla"]


def test_htmx_gets_the_new_bubble_alone(desk: Client, chat: WahaChat) -> None:
    add_message(chat, "earlier")

    response = desk.post(url_of(chat), form(text="Hello Carla"), headers=HTMX)

    assert response.templates[0].name == "waha/inbox/_messages.html"
    bubbles = response.context["messages"]
    assert [(bubble.content, bubble.status) for bubble in bubbles] == [("Hello Carla", "pending")]
    assert response.context["older_cursor"] == ""


@pytest.mark.parametrize(("most", "said"), [(200_000, "too large"), (10**8, "could not be stored")])
def test_an_upload_that_does_not_come_whole_sends_nothing(
    desk: Client, chat: WahaChat, settings: Any, most: int, said: str
) -> None:
    """Too large, or the disk is full: the text alone is not what somebody wanted to send."""
    settings.MEDIA_MAX_BYTES = most

    with full_disk():
        answer = desk.post(
            url_of(chat), form(files=SimpleUploadedFile("a.bin", LARGE)), headers=HTMX
        )

    assert (chat.messages.count(), WahaOutbox.objects.count()) == (0, 0)
    assert answer["HX-Retarget"] == "#composer-errors"
    assert (said in answer.content.decode(), "required" in answer.content.decode()) == (True, False)


def test_a_message_whose_file_breaks_off_is_not_sent(desk: Client, chat: WahaChat) -> None:
    """Somebody closed the page while it was sent: the text alone would be half of it."""
    values = form(files=SimpleUploadedFile("a.bin", b"x" * 1000))

    answer = desk.generic("POST", url_of(chat), **cut_form(values), headers=HTMX)

    assert chat.messages.count() == 0
    assert "The file did not come whole." in answer.content.decode()


def test_the_same_form_twice_sends_once(desk: Client, chat: WahaChat) -> None:
    values = form()

    for _ in range(2):
        desk.post(url_of(chat), values, headers=HTMX)

    assert sent(chat) == ["Hello"]


def test_files_are_sent_each_once_and_the_first_carries_the_text(
    desk: Client, chat: WahaChat, var_dir: Any
) -> None:
    values = form(text="Two files")

    for _ in range(2):
        files = [SimpleUploadedFile(f"{n}.txt", b"some words", "text/plain") for n in range(2)]
        response = desk.post(url_of(chat), values | {"files": files}, headers=HTMX)

    names = [(bubble.content, bubble.media.name) for bubble in response.context["messages"]]
    assert names == [("Two files", "0.txt"), ("", "1.txt")]
    assert chat.messages.count() == 2


def test_reply_quotes_a_message_of_the_same_chat(
    desk: Client, chat: WahaChat, number: WahaSession
) -> None:
    question = add_message(chat, "When?", message_id="QQQ")

    desk.post(url_of(chat), form(text="Monday", reply_to=question.pk))

    answer = chat.messages.get(content="Monday")
    assert answer.reply_to_message_id == "QQQ"


def test_reply_to_a_message_of_another_chat_is_refused(
    desk: Client, chat: WahaChat, number: WahaSession
) -> None:
    elsewhere = WahaChat.objects.create(session=number, chat_id="1@c.us")
    question = add_message(elsewhere, "When?")

    response = desk.post(url_of(chat), form(reply_to=question.pk), headers=HTMX)

    assert response["HX-Retarget"] == "#composer-errors"
    assert chat.messages.count() == 0


def test_empty_form_says_what_to_do(desk: Client, chat: WahaChat) -> None:
    values = form(text="  ")

    fragment = desk.post(url_of(chat), values, headers=HTMX)
    page = desk.post(url_of(chat), values)

    assert (fragment.status_code, fragment["HX-Retarget"]) == (200, "#composer-errors")
    assert b"Write something or attach a file first." in fragment.content
    assert b"Write something or attach a file first." in page.content
    assert page.context["client_token"] == values["client_token"]


def test_refusal_keeps_what_was_written(desk: Client, chat: WahaChat, number: WahaSession) -> None:
    WahaSession.objects.filter(pk=number.pk).update(status="failed")

    fragment = desk.post(url_of(chat), form(text="Keep me"), headers=HTMX)

    assert fragment["HX-Retarget"] == "#composer-errors"
    assert str(outbox.closed_reason(WahaSession(status="failed"))).encode() in fragment.content
    assert chat.messages.count() == 0


def test_sending_reads_the_chat(desk: Client, chat: WahaChat, olga: User) -> None:
    add_incoming(chat, "Hi")

    desk.post(url_of(chat), form())

    assert ChatRead.objects.get(chat=chat, user=olga).read_seq == 1


@pytest.fixture
def failed(chat: WahaChat, olga: User) -> WahaMessage:
    """A message of olga's that could not be sent."""
    message = outbox.send_text(chat=chat, body="Try", by=olga, client_token=str(uuid.uuid4()))
    WahaOutbox.objects.filter(message=message).update(state=OutboxState.FAILED)
    WahaMessage.objects.filter(pk=message.pk).update(status="failed", error="No such phone.")
    return message


def test_failed_bubble_says_why_and_offers_to_act(
    desk: Client, sign_in: Callable[[str], Client], chat: WahaChat, failed: WahaMessage
) -> None:
    own = desk.get(reverse("inbox:chat", args=[chat.pk])).context["messages"][0]
    looked_at = sign_in("vera").get(reverse("inbox:chat", args=[chat.pk])).context["messages"][0]

    assert (own.error, own.can_act, looked_at.can_act) == ("No such phone.", True, False)


def test_retry_queues_the_message_again(desk: Client, chat: WahaChat, failed: WahaMessage) -> None:
    response = desk.post(url_of(chat, "message-retry", failed.pk), headers=HTMX)

    assert [bubble.status for bubble in response.context["messages"]] == ["pending"]
    assert WahaOutbox.objects.get(message=failed).state == OutboxState.QUEUED


def test_retry_that_is_refused_leaves_the_bubble_with_the_reason(
    desk: Client, chat: WahaChat, number: WahaSession, failed: WahaMessage
) -> None:
    WahaSession.objects.filter(pk=number.pk).update(status="stopped")

    response = desk.post(url_of(chat, "message-retry", failed.pk), headers=HTMX)

    reason = outbox.closed_reason(WahaSession(status="stopped"))
    assert [bubble.error for bubble in response.context["messages"]] == [reason]


def test_discard_that_is_refused_tells_a_plain_form_in_a_notice(
    desk: Client, chat: WahaChat, failed: WahaMessage
) -> None:
    WahaMessage.objects.filter(pk=failed.pk).update(status=MessageStatus.DELIVERED)

    response = desk.post(url_of(chat, "message-discard", failed.pk), follow=True)

    assert response.redirect_chain == [(f"/inbox/{chat.pk}/", 302)]
    assert b"This message was sent meanwhile. It cannot be discarded." in response.content


def test_confirm_takes_a_persons_word(desk: Client, chat: WahaChat, failed: WahaMessage) -> None:
    WahaMessage.objects.filter(pk=failed.pk).update(status=MessageStatus.UNKNOWN)

    response = desk.post(url_of(chat, "message-confirm", failed.pk), headers=HTMX)

    assert [bubble.status for bubble in response.context["messages"]] == ["sent"]


def test_discard_takes_the_message_away(desk: Client, chat: WahaChat, failed: WahaMessage) -> None:
    response = desk.post(url_of(chat, "message-discard", failed.pk), headers=HTMX)

    assert (response.status_code, response.content) == (200, b"")
    assert chat.messages.count() == 0
    told = WahaUpdate.objects.filter(chat_id=chat.pk, ref=failed.pk).latest("pk")
    assert told.kind == UpdateKind.GONE


@pytest.mark.parametrize("name", ["message-retry", "message-confirm", "message-discard"])
@pytest.mark.parametrize(("persona", "status"), [("olga", 302), ("vera", 403), ("sam", 404)])
def test_deciding_needs_the_level_to_reply(
    sign_in: Callable[[str], Client],
    chat: WahaChat,
    failed: WahaMessage,
    name: str,
    persona: str,
    status: int,
) -> None:
    response = sign_in(persona).post(url_of(chat, name, failed.pk))

    assert response.status_code == status


def test_message_of_another_chat_is_not_found(
    desk: Client, chat: WahaChat, number: WahaSession, failed: WahaMessage
) -> None:
    elsewhere = WahaChat.objects.create(session=number, chat_id="1@c.us", first_message_at=NOON)

    response = desk.post(url_of(elsewhere, "message-discard", failed.pk))

    assert response.status_code == 404
    assert chat.messages.count() == 1
