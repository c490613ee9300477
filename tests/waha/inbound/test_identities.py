"""One person under several addresses: two spellings of a phone, a phone and a LID, a LID alone."""

from itertools import permutations

import pytest

from crm.models import Contact, ContactIdentity, IdentityKind
from tests.waha.inbound.bodies import NOON, text
from waha.inbox import names
from waha.models import ChatRead, WahaChat, WahaChatAddress, WahaMessage

pytestmark = [pytest.mark.django_db, pytest.mark.core]

LINES = [
    ("553187654321@c.us", "5531987654321@c.us"),
    ("5215512345678@c.us", "525512345678@c.us"),
    ("5491123456789@c.us", "541123456789@c.us"),
]
LID = "223344556677889@lid"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("line", LINES)
def test_two_spellings_of_a_phone_are_one_thread(receive, line, order):
    events = [text("A1", chat=line[0]), text("A2", "Again", at=NOON + 1, chat=line[1])]

    for index in order:
        receive(events[index])

    chat = WahaChat.objects.get()
    assert (chat.chat_id, chat.in_seq, WahaMessage.objects.count()) == (line[0], 2, 2)
    assert set(WahaChatAddress.objects.values_list("address", flat=True)) == set(line)


@pytest.mark.parametrize("line", LINES)
def test_chats_that_were_apart_are_joined(receive, number, users, line):
    """Rows of a time before the two were known to be one line."""
    for place, address in enumerate(line):
        chat = WahaChat.objects.create(session=number, chat_id=address, in_seq=1 + place)
        WahaChatAddress.objects.create(session=number, address=address, chat=chat)
        ChatRead.objects.create(chat=chat, user=users["olga"], read_seq=1)

    receive(text("A1", chat=line[1]))

    chat = WahaChat.objects.with_unread(users["olga"]).get()
    assert (chat.chat_id, chat.in_seq, chat.unread) == (line[0], 4, 2)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("known", [0, 1])
def test_contact_under_the_other_spelling_is_the_same_person(receive, line, known):
    contact = Contact.objects.create(name="Ana")
    phone = f"+{line[known].removesuffix('@c.us')}"
    ContactIdentity.objects.create(contact=contact, kind=IdentityKind.PHONE, value=phone)

    receive(text("A1", chat=line[1 - known]))

    assert WahaChat.objects.get().contact == contact


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_lid_and_both_spellings_end_in_one_thread_whatever_came_first(receive, order):
    usual, other = LINES[1]
    events = [
        text("A1", chat=LID),
        text("A2", at=NOON + 1, chat=other),
        text("A3", at=NOON + 2, chat=LID, alt=usual),
    ]

    for index in order:
        receive(events[index])

    chat = WahaChat.objects.get()
    assert (chat.chat_id, chat.in_seq) == (usual, 3)
    assert WahaMessage.objects.filter(chat=chat).count() == 3


def test_lid_that_never_maps_is_shown_plainly_and_lends_no_phone(receive):
    Contact.objects.create(name="A stranger")
    stranger = Contact.objects.get()
    digits = LID.removesuffix("@lid")
    ContactIdentity.objects.create(contact=stranger, kind=IdentityKind.PHONE, value=f"+{digits}")

    receive(text("A1", chat=LID, name=""), text("A2", at=NOON + 1, chat=LID, name=""))

    chat = WahaChat.objects.get()
    assert (chat.chat_id, chat.in_seq, chat.contact) == (LID, 2, None)
    assert names.chat_name(chat.chat_id, chat.kind, chat.name, None) == "Unknown number"
    assert names.phone_of(chat.chat_id) == ""


def test_phone_with_the_digits_of_a_lid_is_somebody_else(receive):
    digits = LID.removesuffix("@lid")

    receive(text("A1", chat=LID), text("A2", at=NOON + 1, chat=f"{digits}@c.us"))

    assert sorted(WahaChat.objects.values_list("chat_id", flat=True)) == [
        f"{digits}@c.us", LID,
    ]  # fmt: skip
