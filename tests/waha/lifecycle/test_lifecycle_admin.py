"""Holds and erasure in the admin."""

import pytest
from django.test import Client

from audit.models import AuditLog
from tests.factories import make_chat, make_contact, make_user
from waha.models import WahaChat, WahaHold

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def test_a_hold_is_placed_and_released_on_record(desk: Client) -> None:
    chat = make_chat()

    desk.post("/admin/waha/wahahold/add/", {"chat": chat.pk, "contact": "", "reason": "Case 1"})
    hold = WahaHold.objects.get()
    desk.post("/admin/waha/wahahold/", {"action": "release", "_selected_action": [hold.pk]})

    hold.refresh_from_db()
    assert (hold.chat_id, hold.released_at is not None) == (chat.pk, True)
    events = AuditLog.objects.filter(event__startswith="hold.").order_by("pk")
    assert list(events.values_list("event", flat=True)) == ["hold.placed", "hold.released"]


def test_erasure_asks_first_and_says_what_it_reaches(desk: Client) -> None:
    contact = make_contact(name="Carla", phone="+447700900123")
    make_chat(contact=contact, chat_id="447700900123@c.us")
    asked = {"action": "erase", "_selected_action": [contact.pk]}

    page = desk.post("/admin/crm/contact/", asked)
    before = WahaChat.objects.count()
    desk.post("/admin/crm/contact/", {**asked, "confirm": "1"})

    contact.refresh_from_db()
    assert "<li>1 chats</li>" in page.content.decode()
    assert (before, WahaChat.objects.count(), contact.name) == (1, 0, "")


def test_erasure_is_offered_to_superusers_alone() -> None:
    client = Client()
    client.force_login(make_user(role="Owner", is_staff=True))
    contact = make_contact(name="Carla")

    client.post(
        "/admin/crm/contact/",
        {"action": "erase", "_selected_action": [contact.pk], "confirm": "1"},
    )

    contact.refresh_from_db()
    assert contact.name == "Carla"


def test_archived_months_are_to_look_at(desk: Client) -> None:
    assert desk.get("/admin/waha/wahaarchivemonth/").status_code == 200
    assert desk.get("/admin/waha/wahaarchivemonth/add/").status_code == 403
