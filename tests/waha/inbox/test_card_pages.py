"""The pages that send a place, a contact, a poll."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from waha.models import WahaChat, WahaMessage

pytestmark = pytest.mark.django_db


def post(desk: Client, chat: WahaChat, page: str, /, **values: str) -> Any:
    values.setdefault("client_token", str(uuid.uuid4()))
    return desk.post(reverse(f"inbox:{page}-send", args=[chat.pk]), values)


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("52.5163, 13.3777", (52.5163, 13.3777)),
        ("-33.8568;151.2153", (-33.8568, 151.2153)),
        ("https://maps.example/place/Gate/@52.5162746,13.3777041,17z", (52.5162746, 13.3777041)),
    ],
)
def test_place_is_found_in_what_maps_give(
    desk: Client, chat: WahaChat, typed: str, place: tuple[float, float]
) -> None:
    answer = post(desk, chat, "location", place=typed, name="Gate")

    location = WahaMessage.objects.get().extra["location"]
    assert answer.headers["Location"] == chat.get_absolute_url()
    assert (location["latitude"], location["longitude"], location["name"]) == (*place, "Gate")


def test_contact_is_sent_with_its_phone_in_full(desk: Client, chat: WahaChat) -> None:
    post(desk, chat, "contact", name="Olga", phone="+44 7700 900124")

    assert WahaMessage.objects.get().extra == {
        "contacts": [
            {"name": "Olga", "phones": [{"number": "+447700900124", "wa": "447700900124"}]}
        ]
    }


def test_poll_has_each_answer_once(desk: Client, chat: WahaChat) -> None:
    post(desk, chat, "poll", question="When?", options="Mon\r\n\r\n Tue \r\nMon", many="on")

    assert WahaMessage.objects.get().extra["poll"] == {
        "name": "When?", "options": ["Mon", "Tue"], "many": True, "votes": {},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("location", {"place": "somewhere"}, "No latitude and longitude in it."),
        ("location", {"place": "95.1, 13.2"}, "There is no such place"),
        ("contact", {"name": "Olga", "phone": "12"}, "no phone number"),
        ("poll", {"question": "When?", "options": "Mon"}, "from two to twelve"),
        ("poll", {"question": "When?", "options": "a\n" + "x" * 101}, "at most 100 characters"),
        ("poll", {"question": "", "options": "a\nb"}, "This field is required."),
    ],
)
def test_bad_input_is_said_and_kept(
    desk: Client, chat: WahaChat, name: str, values: dict[str, str], told: str
) -> None:
    answer = post(desk, chat, name, **values)

    page = answer.content.decode()
    assert told in page
    assert max(values.values(), key=len) in page.replace("\r\n", "\n")
    assert not WahaMessage.objects.exists()


def test_form_sent_twice_sends_once(desk: Client, chat: WahaChat) -> None:
    token = str(uuid.uuid4())
    for _ in range(2):
        post(desk, chat, "location", place="1.0, 2.0", client_token=token)

    assert WahaMessage.objects.count() == 1
