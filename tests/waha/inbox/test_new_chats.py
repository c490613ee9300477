"""Writing to somebody first."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from crm.models import Contact, ContactIdentity, IdentityKind
from tests.waha.inbox.conftest import HTMX, add_chat
from waha.inbox import people
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


def found(response: Any) -> list[tuple[str, str]]:
    return [(person.name, person.phone) for person in response.context["people"]]


def test_new_chat_finds_people_one_knows_and_no_others(
    desk: Client, number: WahaSession, other_number: WahaSession, olga: User
) -> None:
    add_chat(number, 1, name="Carla Stein", chat_id="447700900300@c.us")
    add_chat(other_number, 1, name="Carla Hidden", chat_id="447700900301@c.us")
    contact = Contact.objects.create(name="Carlo Conte", created_by=olga)
    ContactIdentity.objects.create(contact=contact, kind=IdentityKind.PHONE, value="+447700900200")

    by_name = desk.get(URL, {"who": " carl", "number": str(number.pk)})
    by_phone = desk.get(URL, {"who": "07700 900 300"[1:]}, headers=HTMX)
    nobody = desk.get(URL, {"who": "zoe"}, headers=HTMX)

    assert found(by_name) == [
        ("Carlo Conte", "+44 7700 900200"),
        ("Carla Stein", "+44 7700 900300"),
    ]
    link = f"{URL}?phone=%2B44+7700+900300&amp;number={number.pk}"
    assert link.encode() in by_name.content
    assert found(by_phone) == [("Carla Stein", "+44 7700 900300")]
    assert by_phone.templates[0].name == "waha/inbox/_people.html"
    assert b"Nobody by that name or phone" in nobody.content


def test_new_chat_names_a_person_once_and_not_too_many(
    desk: Client, number: WahaSession, second_number: WahaSession
) -> None:
    add_chat(number, 0, name="Sam Twice", chat_id="447700900399@c.us")
    add_chat(second_number, 1, name="Sam Twice", chat_id="447700900399@c.us")
    for index in range(people.MOST):
        add_chat(number, index + 2, name=f"Sam {index}")

    listed = found(desk.get(URL, {"who": "sam"}, headers=HTMX))

    assert listed[0] == ("Sam Twice", "+44 7700 900399")
    assert len({phone for _name, phone in listed}) == len(listed) <= people.MOST


@pytest.mark.usefixtures("known_access")
def test_new_chat_looks_for_nobody_until_asked(
    desk: Client, number: WahaSession, assert_same_queries: Callable[..., None]
) -> None:
    made = iter(range(100))

    def grow(n: int) -> None:
        for _ in range(n):
            add_chat(number, next(made))

    assert found(desk.get(URL)) == []
    asked = {"who": "customer"}
    assert_same_queries(lambda: desk.get(URL, asked, headers=HTMX), grow, at_most=8)


def test_address_of_a_new_chat_is_named(desk: Client, chat: WahaChat) -> None:
    response = desk.get(reverse("inbox:chat-new"))

    assert response.templates[0].name == "waha/inbox/chat_new.html"
    assert [row.pk for row in response.context["rows"]] == [chat.pk]
