"""Addresses that are marked private: encrypted, found whole by those who may, shown to few."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.permissions import Can
from crm import contacts, lists, private
from crm.models import Contact, ContactIdentity, IdentityKind
from mercury.db import rotation
from mercury.ui import phones
from tests.crm.conftest import KEEPING, allow
from tests.factories import make_contact
from waha.customers import tie_chats
from waha.inbound.apply.chats import contacts_of
from waha.lifecycle import erasure
from waha.models import WahaChat
from waha.outbound import chats as outbound

pytestmark = pytest.mark.django_db
Enter = Callable[..., Client]
PHONE, WRITTEN, MAIL = "+447700900456", "+44 7700 900456", "secret@example.com"
PRIVATE = (IdentityKind.PHONE, PHONE), (IdentityKind.EMAIL, MAIL)
FORM = {"name": "Carla", "company_name": "", "phones": "", "emails": "", "private": ""}
NEW_KEY = ("new", b"n" * 32)


@pytest.fixture
def carla(users: dict[str, User]) -> Contact:
    """A contact of Olga's all of whose addresses are private."""
    return contacts.create(name="Carla", private=PRIVATE, by=users["olga"])


def text(answer: Any) -> str:
    return str(answer.content.decode())


def stored() -> str:
    """Everything in the table, as a dump would show it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM contact_identities")
        return repr(cursor.fetchall())


def kept(contact: Contact) -> dict[str, bool]:
    """The addresses of a contact, and which of them are private."""
    return {str(each.value): each.is_private for each in private.read(contact.identities.all())}


def edit(browser: Client, contact: Contact, **changed: str) -> Any:
    return browser.post(reverse("contacts:edit", args=[contact.pk]), {**FORM, **changed})


@pytest.mark.core
def test_private_addresses_are_never_stored_in_clear(sign_in: Enter) -> None:
    browser = sign_in("olga", *KEEPING, Can.SEE_PRIVATE)

    browser.post(
        reverse("contacts:add"),
        {**FORM, "emails": "open@example.com", "private": f"{WRITTEN}\n{MAIL.title()}"},
    )

    contact = Contact.objects.get()
    assert kept(contact) == {PHONE: True, MAIL: True, "open@example.com": False}
    assert "open@example.com" in stored()
    assert [each for each in ("7700900456", "secret@") if each in stored()] == []


def test_private_addresses_are_shown_to_who_may_see_them_alone(
    sign_in: Enter, carla: Contact
) -> None:
    shown = text(sign_in("olga", *KEEPING, Can.SEE_PRIVATE).get(carla.get_absolute_url()))
    hidden = text(sign_in("vera", Can.VIEW_ALL_CUSTOMERS).get(carla.get_absolute_url()))

    assert (WRITTEN in shown, MAIL in shown) == (True, True)
    assert ("900456" in hidden, MAIL in hidden) == (False, False)
    assert ("A private phone" in hidden, "A private e-mail address" in hidden) == (True, True)


@pytest.mark.parametrize("permissions", [KEEPING, (*KEEPING, Can.SEE_PRIVATE)])
def test_edit_keeps_what_it_does_not_show(
    sign_in: Enter, carla: Contact, users: dict[str, User], permissions: tuple[Can, ...]
) -> None:
    if Can.SEE_PRIVATE in permissions:  # sees them, but no phones
        users["olga"].user_permissions.clear()
    browser = sign_in("olga", *permissions)

    page = text(browser.get(reverse("contacts:edit", args=[carla.pk])))
    edit(browser, carla, name="Carla W.", private="+447700900999")

    carla.refresh_from_db()
    assert (carla.name, kept(carla)) == ("Carla W.", {PHONE: True, MAIL: True})
    assert ("900456" in page, MAIL in page) == (False, False)


@pytest.mark.core
def test_address_moves_into_the_dark_and_back_with_whatsapps_form_of_it(sign_in: Enter) -> None:
    contact = make_contact(name="Carla", phone=PHONE)
    browser = sign_in("olga", *KEEPING, Can.SEE_PRIVATE, Can.VIEW_ALL_CUSTOMERS)
    form = f"{PHONE.lstrip('+')}@c.us"

    edit(browser, contact, private=PHONE)
    dark, dump = kept(contact), stored()
    edit(browser, contact, phones=PHONE)
    light = kept(contact)
    edit(browser, contact)

    assert dark == {PHONE: True, form: True}
    assert "7700900456" not in dump
    assert light == {PHONE: False, form: False}
    assert kept(contact) == {form: False}


def test_one_address_belongs_to_one_contact_private_or_not(sign_in: Enter, carla: Contact) -> None:
    browser = sign_in("olga", *KEEPING, Can.SEE_PRIVATE)

    answers = [
        browser.post(reverse("contacts:add"), {**FORM, "name": "Nina", field: PHONE})
        for field in ("phones", "private")
    ]

    assert ["already belongs to another contact" in text(answer) for answer in answers] == [
        True
    ] * 2
    assert list(Contact.objects.all()) == [carla]


@pytest.mark.parametrize(
    ("words", "found"), [(WRITTEN, True), (MAIL, True), ("900456", False), ("secret@", False)]
)
def test_search_finds_a_private_address_whole_for_who_may_see_it(
    carla: Contact, users: dict[str, User], words: str, found: bool
) -> None:
    filters = lists.ListFilters(q=words)
    seeing = allow(users["olga"], Can.SEE_PRIVATE)
    others = allow(users["vera"], Can.VIEW_ALL_CUSTOMERS)

    assert [row.pk for row in lists.page(Contact, seeing, filters).rows] == [carla.pk] * found
    assert list(lists.page(Contact, others, filters).rows) == []


def test_the_search_page_finds_it_whole_too(sign_in: Enter, carla: Contact) -> None:
    browser = sign_in("olga", Can.SEE_PRIVATE)
    url = reverse("search:list")

    whole, part = (text(browser.get(url, {"q": words})) for words in (MAIL, "secret@ex"))

    assert (carla.get_absolute_url() in whole, carla.get_absolute_url() in part) == (True, False)
    assert MAIL not in part


@pytest.mark.core
def test_a_chat_under_a_private_phone_is_theirs(chat: WahaChat, carla: Contact) -> None:
    WahaChat.objects.filter(pk=chat.pk).update(contact=None, chat_id="447700900456@c.us")

    found = contacts_of(["447700900456@c.us", "447700900457@c.us"])
    tie_chats(carla)

    chat.refresh_from_db()
    assert found == {"447700900456@c.us": carla.pk}
    assert chat.contact_id == carla.pk
    assert erasure.find(phone=PHONE).contact == carla


def test_writing_to_a_private_phone_is_for_who_may_see_it(
    carla: Contact, users: dict[str, User]
) -> None:
    seeing = allow(users["olga"], Can.SEE_PRIVATE)

    assert outbound._phone_of(carla, seeing) == PHONE
    with pytest.raises(outbound.ChatRefused, match="has no phone number"):
        outbound._phone_of(carla, users["vera"])


def test_other_forms_of_a_private_phone_are_stored_private(carla: Contact) -> None:
    found = outbound._contact_of(PHONE, ["447700900456@c.us"], None)

    assert found == carla
    assert kept(carla) == {PHONE: True, MAIL: True, "447700900456@c.us": True}


@pytest.mark.core
def test_rotation_covers_them_and_they_are_found_all_the_while(
    carla: Contact, settings: Any
) -> None:
    address = (IdentityKind.PHONE, PHONE)
    old = settings.ENCRYPTION_KEYS

    settings.ENCRYPTION_KEYS = [NEW_KEY, *old]
    before = ContactIdentity.objects.at([address])
    rotation.rotate()
    settings.ENCRYPTION_KEYS = [NEW_KEY]
    after = ContactIdentity.objects.at([address])

    assert [row.contact_id for found in (before, after) for row in found.values()] == [carla.pk] * 2
    assert kept(carla) == {PHONE: True, MAIL: True}


def test_a_lost_key_is_said_and_costs_nothing_else(
    sign_in: Enter, carla: Contact, settings: Any
) -> None:
    browser = sign_in("olga", *KEEPING, Can.SEE_PRIVATE)
    settings.ENCRYPTION_KEYS = [NEW_KEY]

    page = text(browser.get(carla.get_absolute_url()))
    edit(browser, carla, name="Carla W.", emails="open@example.com")

    carla.refresh_from_db()
    assert "its encryption key is missing" in page
    assert carla.name == "Carla W."
    assert carla.identities.filter(value__isnull=True).count() == 2


@pytest.mark.core
def test_the_database_refuses_what_is_half_private(carla: Contact) -> None:
    rows = ContactIdentity.objects.filter(contact=carla)

    for half in ({"value": PHONE}, {"value_index": None}, {"encrypted_value": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.filter(kind=IdentityKind.PHONE).update(**half)


def test_the_admin_shows_none_of_them(sign_in: Enter, carla: Contact) -> None:
    User.objects.get_queryset().filter(name="Olga").update(is_staff=True)
    browser = sign_in("olga", *KEEPING, Can.VIEW_CONTACTS, Can.SEE_PRIVATE)

    page = text(browser.get(reverse("admin:crm_contact_change", args=[carla.pk])))

    assert phones.are_shown()
    assert ("900456" in page, MAIL in page, "v1:" in page) == (False, False, False)
