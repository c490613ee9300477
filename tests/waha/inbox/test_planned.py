"""Messages for later in the inbox: written in the composer, listed above it."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from attachments.models import Attachment
from tests.waha.inbox.conftest import HTMX, add_message
from waha.models import WahaChat, WahaMessage, WahaScheduled
from waha.outbound import scheduled

pytestmark = pytest.mark.django_db


def fields(**values: str) -> dict[str, str]:
    at = timezone.localtime() + timedelta(hours=2)
    given = {
        "text": "See you tomorrow", "client_token": str(uuid.uuid4()), "later": "1",
        "later_at": at.strftime("%Y-%m-%dT%H:%M"), **values,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value}


def plan(chat: WahaChat, by: User) -> WahaScheduled:
    return scheduled.schedule(
        chat=chat, body="See you", by=by, client_token=str(uuid.uuid4()),
        send_at=timezone.now() + timedelta(hours=2), unless_written=True,
    )  # fmt: skip


def send_url(chat: WahaChat) -> str:
    return reverse("inbox:message-send", args=[chat.pk])


@pytest.mark.core
def test_send_later_plans_and_sends_nothing(desk: Client, chat: WahaChat, olga: User) -> None:
    answer = desk.post(send_url(chat), fields(unless_written="on"), headers=HTMX)

    planned = WahaScheduled.objects.get()
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "planned")
    assert (planned.content, planned.unless_written, planned.created_by) == (
        "See you tomorrow", True, olga,
    )  # fmt: skip
    assert not WahaMessage.objects.exists()


def test_a_plain_form_goes_back_to_the_chat(desk: Client, chat: WahaChat) -> None:
    answer = desk.post(send_url(chat), fields())

    assert (answer.status_code, answer["Location"]) == (302, chat.get_absolute_url())


def test_the_time_is_that_of_who_writes(desk: Client, chat: WahaChat, olga: User) -> None:
    User.objects.filter(pk=olga.pk).update(time_zone="America/New_York")
    tomorrow = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%d")

    desk.post(send_url(chat), fields(later_at=f"{tomorrow}T09:00"))

    assert WahaScheduled.objects.get().send_at.hour in {13, 14}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"later_at": ""}, "Choose when it is to be sent."),
        ({"later_at": "2020-01-01T10:00"}, "That time is over."),
        ({"text": ""}, "Write something or attach a file first."),
    ],
)
def test_what_cannot_be_planned_is_told_in_the_composer(
    desk: Client, chat: WahaChat, values: dict[str, str], words: str
) -> None:
    answer = desk.post(send_url(chat), fields(**values), headers=HTMX)

    assert words in answer.content.decode()
    assert answer["HX-Retarget"] == "#composer-errors"
    assert not WahaScheduled.objects.exists()


def test_the_list_stands_above_the_composer(desk: Client, chat: WahaChat, olga: User) -> None:
    plan(chat, olga)
    url = reverse("inbox:planned-list", args=[chat.pk])

    thread = desk.get(chat.get_absolute_url()).content.decode()
    shown = desk.get(url, headers=HTMX).content.decode()

    assert f'hx-get="{url}"' in thread
    assert "See you" in shown
    assert "unless the customer writes first" in shown


def test_one_is_called_off_from_the_chat(desk: Client, chat: WahaChat, olga: User) -> None:
    planned = plan(chat, olga)
    url = reverse("inbox:planned-cancel", args=[chat.pk, planned.pk])

    answer = desk.post(url, headers=HTMX)

    assert "See you" not in answer.content.decode()
    assert WahaScheduled.objects.get().state == "cancelled"


def test_who_only_looks_sees_no_button(
    sign_in: Callable[[str], Client], chat: WahaChat, olga: User
) -> None:
    planned = plan(chat, olga)

    shown = sign_in("vera").get(reverse("inbox:planned-list", args=[chat.pk])).content.decode()
    answer = sign_in("vera").post(reverse("inbox:planned-cancel", args=[chat.pk, planned.pk]))

    assert ("See you" in shown, "<button" in shown) == (True, False)
    assert answer.status_code == 403


def test_a_message_that_is_held_says_so_in_its_bubble(
    desk: Client, chat: WahaChat, olga: User
) -> None:
    add_message(
        chat, "hi", status="pending", from_me=True, sent_by=olga, error="It waits until tomorrow."
    )

    shown = desk.get(chat.get_absolute_url()).content.decode()

    assert "problem-wait" in shown
    assert "It waits until tomorrow." in shown


def test_files_go_later_in_their_order(desk: Client, chat: WahaChat) -> None:
    uploads = [
        SimpleUploadedFile(name, b"%PDF-1.4 " + name.encode(), "application/pdf")
        for name in ("offer.pdf", "terms.pdf")
    ]

    answer = desk.post(send_url(chat), {**fields(), "files": uploads}, headers=HTMX)
    url = reverse("inbox:planned-list", args=[chat.pk])
    shown = " ".join(desk.get(url, headers=HTMX).content.decode().split())

    planned = list(WahaScheduled.objects.order_by("pk"))
    assert answer["HX-Trigger"] == "planned"
    assert [(row.content, row.line) for row in planned] == [
        ("See you tomorrow", "See you tomorrow"), ("", "terms.pdf"),
    ]  # fmt: skip
    assert [Attachment.objects.of(row).get().display_name for row in planned] == [
        "offer.pdf", "terms.pdf",
    ]  # fmt: skip
    assert "Document:</span> terms.pdf" in shown


@pytest.mark.parametrize(
    ("name", "values", "line"),
    [
        ("location-send", {"place": "52.5163, 13.3777", "name": "Gate"}, "Gate"),
        ("contact-send", {"name": "Ada Berg", "phone": "+49 30 5550 4410"}, "Ada Berg"),
        ("poll-send", {"question": "When?", "options": "Today\nTomorrow"}, "When?"),
    ],
)
def test_cards_are_planned_too(
    desk: Client, chat: WahaChat, name: str, values: dict[str, str], line: str
) -> None:
    at = {key: value for key, value in fields().items() if key in {"client_token", "later_at"}}

    answer = desk.post(reverse(f"inbox:{name}", args=[chat.pk]), {**values, **at})

    planned = WahaScheduled.objects.get()
    assert (answer.status_code, planned.line, planned.kind != "") == (302, line, True)
    assert not WahaMessage.objects.exists()


def test_card_for_a_time_that_is_over_says_so(desk: Client, chat: WahaChat) -> None:
    at = {"client_token": str(uuid.uuid4()), "later_at": "2020-01-01T10:00"}

    answer = desk.post(
        reverse("inbox:location-send", args=[chat.pk]), {"place": "52.5163, 13.3777", **at}
    )

    assert "That time is over." in answer.content.decode()
    assert not WahaScheduled.objects.exists()
