"""Writing to somebody first."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from crm.models import Contact, ContactIdentity, IdentityKind
from tests.waha.inbox.conftest import add_chat
from waha.models import WahaChat, WahaSession
from waha.outbound import chats
from waha.outbound.refusals import ChatRefused

pytestmark = [pytest.mark.django_db, pytest.mark.core]

URL = "/inbox/new/"


class Asked(list[dict[str, Any]]):
    """Stands for WhatsApp's answer: notes what was asked, opens `chat` or refuses."""

    chat: WahaChat | None = None

    def start_chat(self, **asked: Any) -> WahaChat:
        self.append(asked)
        if self.chat is None:
            raise ChatRefused("This number is not on WhatsApp.")
        return self.chat


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    fake = Asked()
    monkeypatch.setattr(chats, "start_chat", fake.start_chat)
    return fake


def test_new_chat_opens_the_chat(
    desk: Client, number: WahaSession, olga: User, chat: WahaChat, asked: Asked
) -> None:
    asked.chat = chat

    response = desk.post(URL, {"number": number.pk, "phone": "+44 7700 900123"})

    assert (response.status_code, response["Location"]) == (302, f"/inbox/{chat.pk}/")
    assert asked == [{"session": number, "phone_or_contact": "+44 7700 900123", "by": olga}]


def test_new_chat_says_when_somebody_is_not_on_whatsapp(
    desk: Client, number: WahaSession, chat: WahaChat, asked: Asked
) -> None:
    response = desk.post(URL, {"number": number.pk, "phone": "+44 7700 900199"})

    assert response.status_code == 200
    assert response.context["form"].errors == {"phone": ["This number is not on WhatsApp."]}
    assert b"This number is not on WhatsApp." in response.content
    assert b"+44 7700 900199" in response.content


def test_new_chat_is_only_for_numbers_one_may_answer_on(
    sign_in: Callable[[str], Client], number: WahaSession, other_number: WahaSession, asked: Asked
) -> None:
    viewer = sign_in("vera").post(URL, {"number": number.pk, "phone": "+44 7700 900123"})
    foreign = sign_in("olga").post(URL, {"number": other_number.pk, "phone": "+44 7700 900123"})

    assert list(viewer.context["form"].errors) == ["number"]
    assert list(foreign.context["form"].errors) == ["number"]
    assert asked == []


def test_new_chat_is_filled_in_by_its_address(desk: Client, number: WahaSession) -> None:
    form = desk.get(URL, {"number": number.pk, "phone": "+49 30 1234567"}).context["form"]

    assert (form["number"].value(), form["phone"].value()) == (number.pk, "+49 30 1234567")


def test_new_chat_is_filled_in_from_a_visible_contact(
    desk: Client, olga: User, users: dict[str, User]
) -> None:
    own = Contact.objects.create(name="Ben", created_by=olga)
    foreign = Contact.objects.create(name="Eve", created_by=users["mia"])
    for contact, phone in ((own, "+447700900200"), (foreign, "+447700900201")):
        ContactIdentity.objects.create(contact=contact, kind=IdentityKind.PHONE, value=phone)

    filled = desk.get(URL, {"contact": own.pk})
    refused = desk.get(URL, {"contact": foreign.pk})

    assert filled.context["form"]["phone"].value() == "+44 7700 900200"
    assert refused.context["form"]["phone"].value() == ""
    assert b"900201" not in refused.content


def test_new_chat_offers_people_one_knows_and_no_others(
    desk: Client, number: WahaSession, other_number: WahaSession
) -> None:
    add_chat(number, 1, name="Carla Stein", chat_id="447700900300@c.us")
    add_chat(other_number, 1, name="Hidden", chat_id="447700900301@c.us")

    response = desk.get(URL)

    assert b'<option value="+44 7700 900300">Carla Stein</option>' in response.content
    assert b"Hidden" not in response.content


def test_address_of_a_new_chat_is_named(desk: Client, chat: WahaChat) -> None:
    response = desk.get(reverse("inbox:chat-new"))

    assert response.templates[0].name == "waha/inbox/chat_new.html"
    assert [row.pk for row in response.context["rows"]] == [chat.pk]
