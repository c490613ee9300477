"""Messages: stored once, counted once, and each chat's row true."""

from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.utils import timezone

from crm.models import Contact, ContactIdentity
from tests.waha.inbound.bodies import CUSTOMER, LID, NOON, ack, body, text
from waha.gateway.payloads import message_from_rest
from waha.inbound.apply import Origin, StaleBatch, apply_events, merge
from waha.models import (
    ChatRead,
    WahaChat,
    WahaChatAddress,
    WahaHold,
    WahaMedia,
    WahaMessage,
    WahaScheduled,
    WahaUpdate,
)

pytestmark = [pytest.mark.django_db, pytest.mark.core]

IMAGE = {
    "hasMedia": True,
    "media": {"url": "http://elsewhere/api/files/support/A1.jpeg", "mimetype": "image/jpeg"},
}


def chat_row(**names):
    return WahaChat.objects.get(**names)


def contents():
    return list(WahaMessage.objects.order_by("created_at", "pk").values_list("content", flat=True))


def test_message_makes_its_chat_with_name_and_last_line(receive):
    receive(text("A1", "Hello\nthere"))

    chat = chat_row()
    message = WahaMessage.objects.get()
    assert (chat.chat_id, chat.kind, chat.name, chat.in_seq) == (CUSTOMER, "direct", "Carla", 1)
    assert (chat.last_message_pk, chat.last_message_preview) == (message.pk, "Hello there")
    assert chat.first_message_at == chat.last_message_at == datetime.fromtimestamp(NOON, UTC)
    assert (message.status, message.in_seq, message.sender_name) == ("received", 1, "Carla")


def test_message_under_phone_and_lid_is_stored_once(receive):
    receive(text("A1"), text("A1", chat=LID, alt=CUSTOMER), {**text("A1"), "event": "message"})

    assert WahaMessage.objects.count() == 1
    assert chat_row().in_seq == 1
    assert set(WahaChatAddress.objects.values_list("address", flat=True)) == {CUSTOMER, LID}


def test_message_tells_the_screens_once_and_rings_only_for_customers(receive):
    receive(text("A1"), text("A1"), text("A2", from_me=True))

    told = WahaUpdate.objects.filter(kind="message").order_by("pk")
    assert list(told.values_list("from_me", "incoming")) == [(False, True), (True, False)]


def test_messages_of_one_second_keep_the_order_whatsapp_gave_them(receive):
    first, second = text("A1", "first"), text("A2", "second")

    receive(second)
    receive(first)

    assert contents() == ["first", "second"]
    assert chat_row().last_message_preview == "second"


def test_old_message_that_comes_late_does_not_take_the_last_line(receive):
    receive(text("A2", "new", at=NOON + 60))
    receive(text("A1", "old"))

    chat = chat_row()
    assert (chat.last_message_preview, chat.in_seq) == ("new", 2)
    assert chat.first_message_at == datetime.fromtimestamp(NOON, UTC)


def test_own_messages_are_not_counted(receive):
    receive(text("A1", from_me=True), text("A2", from_me=True))

    assert (chat_row().in_seq, WahaMessage.objects.filter(in_seq=None).count()) == (0, 2)


def test_name_is_the_latest_said_whatever_the_order(receive):
    receive(text("A3", name="Carla B.", at=NOON + 60))
    receive(text("A1", name="Carla"), text("A2", name="", at=NOON + 90))

    assert chat_row().name == "Carla B."


def test_own_name_does_not_become_the_chats(receive):
    receive(text("A1", from_me=True, name="Support"))

    assert chat_row().name == ""


def test_chat_is_tied_to_the_contact_that_has_its_number(receive):
    contact = Contact.objects.create(name="Carla Client")
    ContactIdentity.objects.create(contact=contact, kind="phone", value="+447700900123")

    receive(text("A1", chat=LID, alt=CUSTOMER))

    assert chat_row().contact == contact


def test_new_message_brings_an_archived_and_resolved_chat_back(receive):
    receive(text("A1"))
    WahaChat.objects.update(state="resolved", archived_at=datetime(2026, 11, 22, tzinfo=UTC))

    receive(text("A2"))

    assert (chat_row().state, chat_row().archived_at) == ("open", None)


def test_media_waits_to_be_fetched_by_path_alone(receive):
    receive(text("A1", "caption", **IMAGE))

    message, file = WahaMessage.objects.get(), WahaMedia.objects.get()
    assert (message.type, message.media_state) == ("image", "pending")
    assert message.media_url == file.path == "/api/files/support/A1.jpeg"
    assert (file.message_id, file.message_created_at) == (message.pk, message.created_at)


def test_second_copy_brings_the_file_that_the_first_lacked(receive):
    failed = {"hasMedia": True, "media": {"url": None, "mimetype": "image/jpeg", "error": {}}}
    receive(text("A1", **failed))
    WahaMedia.objects.update(state="missing", attempts=9)

    receive(text("A1", **IMAGE))

    file = WahaMedia.objects.get()
    assert (file.path, file.state, file.attempts) == ("/api/files/support/A1.jpeg", "pending", 0)
    assert WahaMessage.objects.get().media_url == file.path


def test_message_not_readable_at_first_gets_its_content_later(receive):
    waiting = text("A1", "")
    receive({**waiting, "event": "message.waiting"})
    before = WahaMessage.objects.get().type

    receive(text("A1", "Now you see me"))

    message = WahaMessage.objects.get()
    assert (before, message.type, message.content) == ("unsupported", "text", "Now you see me")
    assert (chat_row().in_seq, chat_row().last_message_preview) == (1, "Now you see me")


def test_ticks_only_rise(receive):
    receive(text("A1", from_me=True, ack=1))

    for level in (3, 2, -1, 0, 1):
        receive(ack("A1", level))

    assert WahaMessage.objects.get().status == "read"
    assert chat_row().last_message_status == "read"


def test_failed_gives_way_to_proof(receive):
    receive(text("A1", from_me=True, ack=0), ack("A1", -1))
    failed = WahaMessage.objects.get().status

    receive(ack("A1", 2))

    assert (failed, WahaMessage.objects.get().status) == ("failed", "delivered")


def test_ack_of_an_incoming_message_changes_nothing(receive):
    (_, tick) = receive(text("A1"), ack("A1", 3, from_me=False))

    assert (WahaMessage.objects.get().status, tick.state) == ("received", "done")


@pytest.mark.parametrize(
    ("origin", "at", "counted"),
    [
        (Origin.LIVE, NOON - 60, True),
        (Origin.RECONCILED, NOON + 60, True),
        (Origin.RECONCILED, NOON - 60, False),
        (Origin.IMPORTED, NOON + 60, False),
    ],
)
def test_only_news_counts_as_unread(receive, number, origin, at, counted):
    receive(text("A1"))
    late = message_from_rest("support", text("A2", at=at)["payload"])

    apply_events(number, [late], origin=origin)

    assert chat_row().in_seq == (2 if counted else 1)
    assert WahaMessage.objects.filter(message_id="A2", in_seq=None).exists() is not counted


def test_two_chats_become_one_when_they_turn_out_to_be_one_person(receive, users):
    receive(text("L1", "from the hidden number", chat=LID, name="C."))
    receive(text("P1", at=NOON + 1), text("P2", at=NOON + 2))
    phone, lid = chat_row(chat_id=CUSTOMER), chat_row(chat_id=LID)
    ChatRead.objects.create(chat=phone, user=users["olga"], read_seq=1)
    ChatRead.objects.create(chat=lid, user=users["olga"], read_seq=1)
    ChatRead.objects.create(chat=phone, user=users["mia"], read_seq=2)

    receive(text("L2", "both", chat=LID, alt=CUSTOMER, at=NOON + 3))

    chat = WahaChat.objects.with_unread(users["olga"]).get()
    assert (chat.chat_id, chat.name, chat.in_seq, chat.unread) == (CUSTOMER, "Carla", 4, 2)
    assert WahaChat.objects.with_unread(users["mia"]).get().unread == 2
    assert chat.last_message_preview == "both"
    assert list(chat.messages.order_by("in_seq").values_list("message_id", "in_seq")) == [
        ("P1", 1),
        ("P2", 2),
        ("L1", 3),
        ("L2", 4),
    ]
    assert set(chat.addresses.values_list("address", flat=True)) == {CUSTOMER, LID}


def test_what_is_read_while_chats_are_joined_stays_read(receive, users):
    receive(text("L1", chat=LID), text("L2", chat=LID, at=NOON + 1), text("P1", at=NOON + 2))
    phone, lid = chat_row(chat_id=CUSTOMER), chat_row(chat_id=LID)
    for chat in (phone, lid):  # between the batch's reading of the chats and its joining them
        ChatRead.objects.create(chat=chat, user=users["olga"], read_seq=chat.in_seq)
        WahaChat.objects.filter(pk=chat.pk).update(read_floor=chat.in_seq, pinned=True)

    with transaction.atomic():
        merge.join(phone, lid)

    chat = WahaChat.objects.with_unread(users["mia"]).get()
    assert (chat.in_seq, chat.read_floor, chat.unread, chat.pinned) == (3, 3, 0, True)
    assert WahaChat.objects.with_unread(users["olga"]).get().unread == 0


def test_a_chat_that_is_gone_is_not_joined(receive):
    receive(text("L1", chat=LID), text("P1", at=NOON + 1))
    phone, lid = chat_row(chat_id=CUSTOMER), chat_row(chat_id=LID)
    WahaMessage.objects.filter(chat=lid).delete()
    WahaChat.objects.filter(pk=lid.pk).delete()

    with pytest.raises(StaleBatch), transaction.atomic():
        merge.join(phone, lid)


def test_lid_chat_takes_the_phone_as_its_id_once_it_is_known(receive):
    receive(text("L1", chat=LID))
    before = chat_row().pk

    receive(text("L2", chat=LID, alt=CUSTOMER))

    assert (chat_row().pk, chat_row().chat_id) == (before, CUSTOMER)


def test_chats_join_with_what_is_planned_and_held(receive, users):
    receive(text("L1", chat=LID), text("A1"))
    lid, phone = chat_row(chat_id=LID), chat_row(chat_id=CUSTOMER)
    for chat, unread in ((lid, 0), (phone, 1)):
        WahaHold.objects.create(chat=chat, reason="court")
        WahaScheduled.objects.create(
            session=chat.session, chat=chat, content="Later", send_at=timezone.now(),
            due_at=timezone.now(), unless_written=True, in_seq=chat.in_seq - unread,
            client_token=str(chat.pk), created_by=users["olga"],
        )  # fmt: skip

    (event,) = receive(text("L2", chat=LID, alt=CUSTOMER, from_me=True))

    joined = chat_row()
    assert event.state == "done"
    assert WahaHold.objects.filter(chat=joined).count() == 2
    planned = WahaScheduled.objects.filter(chat=joined).order_by("pk")
    # The first is not answered yet, the second was before.
    assert [each.in_seq >= joined.in_seq for each in planned] == [True, False]


def test_call_before_the_first_message_is_tied_to_the_chat_later(receive):
    call = {"id": "C1", "from": CUSTOMER, "timestamp": NOON, "isVideo": False, "isGroup": False}
    receive(body("call.received", call))
    receive(text("A1"), body("call.rejected", call | {"timestamp": NOON + 20}))

    call = chat_row().calls.get()
    assert (call.type, call.from_id, call.to_id) == ("rejected", CUSTOMER, "447700900001@c.us")
    assert (call.ended_at - call.started_at).total_seconds() == 20


def test_presence_labels_and_unknown_events_are_done_and_change_nothing(receive):
    events = receive(
        body("presence.update", {"id": CUSTOMER, "presences": []}),
        body("label.upsert", {"id": "7", "name": "VIP"}),
        body("some.future.event", {"what": "ever"}),
    )

    assert [event.state for event in events] == ["done"] * 3
    assert (WahaMessage.objects.count(), WahaChat.objects.count()) == (0, 0)
