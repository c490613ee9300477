"""Starting to write to somebody."""

import threading
from typing import Any

import pytest
from django.db import connections

from accounts.models import User
from audit.models import AuditLog
from crm.models import Contact, ContactIdentity, IdentityKind
from waha.gateway.answers import NumberCheck
from waha.gateway.client import WahaClient
from waha.gateway.simulator import Simulator
from waha.models import SessionStatus, WahaChat, WahaChatAddress, WahaSession
from waha.outbound import chats
from waha.outbound.chats import ChatRefused

pytestmark = pytest.mark.django_db

TOM = "+447700900124"
ABSENT = "+447700900000"  # the simulator knows nobody whose number ends in 000


@pytest.mark.core
@pytest.mark.parametrize("typed", ["+44 7700 900124", "07700 900124", "0044 7700 900124"])
def test_start_chat_makes_chat_address_and_contact(
    waha: Simulator, number: WahaSession, olga: User, typed: str
) -> None:
    chat = chats.start_chat(session=number, phone_or_contact=typed, by=olga)

    contact = chat.contact
    assert contact is not None
    assert (chat.chat_id, chat.kind, contact.created_by_id) == (
        "447700900124@c.us", "direct", olga.pk,
    )  # fmt: skip
    assert list(chat.addresses.values_list("address", flat=True)) == ["447700900124@c.us"]
    assert sorted(contact.identities.values_list("kind", "value")) == [
        ("phone", TOM), ("wa", "447700900124@c.us"),
    ]  # fmt: skip
    assert AuditLog.objects.filter(event="chat.started", object_id=chat.pk).count() == 1


def test_start_chat_twice_is_one_chat(waha: Simulator, number: WahaSession, olga: User) -> None:
    first = chats.start_chat(session=number, phone_or_contact=TOM, by=olga)
    second = chats.start_chat(session=number, phone_or_contact="07700 900124", by=olga)

    assert first.pk == second.pk
    assert (WahaChat.objects.count(), Contact.objects.count()) == (1, 1)


def test_start_chat_links_the_contact_it_was_asked_for(
    waha: Simulator, number: WahaSession, olga: User
) -> None:
    contact = Contact.objects.create(name="Tom")
    ContactIdentity.objects.create(contact=contact, kind=IdentityKind.PHONE, value=TOM)

    chat = chats.start_chat(session=number, phone_or_contact=contact, by=olga)

    assert (chat.contact_id, Contact.objects.count()) == (contact.pk, 1)


def test_start_chat_finds_the_contact_of_a_phone(
    waha: Simulator, number: WahaSession, olga: User
) -> None:
    contact = Contact.objects.create(name="Tom")
    ContactIdentity.objects.create(contact=contact, kind=IdentityKind.PHONE, value=TOM)

    chat = chats.start_chat(session=number, phone_or_contact=TOM, by=olga)

    assert (chat.contact_id, Contact.objects.count()) == (contact.pk, 1)
    assert ContactIdentity.objects.filter(contact=contact).count() == 2


@pytest.mark.core
def test_start_chat_finds_a_chat_that_runs_under_a_lid(
    number: WahaSession, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    lid = "223344556677124@lid"
    known = WahaChat.objects.create(session=number, chat_id=lid)
    WahaChatAddress.objects.create(session=number, address=lid, chat=known)
    monkeypatch.setattr(WahaClient, "check_exists", lambda *_: NumberCheck(True, lid))

    chat = chats.start_chat(session=number, phone_or_contact=TOM, by=olga)

    assert chat.pk == known.pk
    assert sorted(chat.addresses.values_list("address", flat=True)) == [lid, "447700900124@c.us"]


def test_start_chat_takes_whatsapps_form_of_a_number(
    number: WahaSession, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        WahaClient, "check_exists", lambda *_: NumberCheck(True, "551187654321@c.us")
    )

    chat = chats.start_chat(session=number, phone_or_contact="+55 11 98765-4321", by=olga)

    assert chat.chat_id == "551187654321@c.us"
    assert sorted(ContactIdentity.objects.values_list("kind", "value")) == [
        ("phone", "+551187654321"), ("phone", "+5511987654321"), ("wa", "551187654321@c.us"),
    ]  # fmt: skip


@pytest.mark.core
def test_a_number_not_on_whatsapp_is_refused_before_anything_is_made(
    waha: Simulator, number: WahaSession, olga: User
) -> None:
    with pytest.raises(ChatRefused, match="not on WhatsApp"):
        chats.start_chat(session=number, phone_or_contact=ABSENT, by=olga)

    assert (WahaChat.objects.count(), Contact.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("typed", "words"),
    [("", "no phone number"), ("hello", "no phone number"), ("+44 123", "too long or too short"),
     ("0" * 60, "phone number"), ("١٢٣", "too long or too short")],
)  # fmt: skip
def test_what_is_no_phone_is_refused(
    number: WahaSession, olga: User, typed: str, words: str
) -> None:
    with pytest.raises(ChatRefused, match=words):
        chats.start_chat(session=number, phone_or_contact=typed, by=olga)


def test_a_phone_without_country_needs_to_know_ours(number: WahaSession, olga: User) -> None:
    number.phone = number.me_id = ""

    with pytest.raises(ChatRefused, match="country code"):
        chats.start_chat(session=number, phone_or_contact="07700 900124", by=olga)


def test_a_contact_without_a_phone_is_refused(number: WahaSession, olga: User) -> None:
    contact = Contact.objects.create(name="Tom")

    with pytest.raises(ChatRefused, match="has no phone number"):
        chats.start_chat(session=number, phone_or_contact=contact, by=olga)


def test_a_number_that_does_not_run_starts_no_chat(number: WahaSession, olga: User) -> None:
    number.status = SessionStatus.STOPPED

    with pytest.raises(ChatRefused, match="switched off"):
        chats.start_chat(session=number, phone_or_contact=TOM, by=olga)


def test_waha_away_says_so(number: WahaSession, olga: User) -> None:
    with pytest.raises(ChatRefused, match="WAHA cannot be reached"):
        chats.start_chat(session=number, phone_or_contact=TOM, by=olga)


@pytest.mark.core
@pytest.mark.django_db(transaction=True)
def test_many_who_start_the_same_chat_share_one(
    waha: Simulator, number: WahaSession, olga: User
) -> None:
    found: list[Any] = []
    start = threading.Barrier(6)

    def ask() -> None:
        try:
            start.wait()
            found.append(chats.start_chat(session=number, phone_or_contact=TOM, by=olga).pk)
        finally:
            connections.close_all()

    askers = [threading.Thread(target=ask) for _ in range(6)]
    for one in askers:
        one.start()
    for one in askers:
        one.join(30)

    assert (len(found), len(set(found))) == (6, 1)
    assert (WahaChat.objects.count(), Contact.objects.count()) == (1, 1)
