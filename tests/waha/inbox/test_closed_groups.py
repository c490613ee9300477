"""A group that our number has left, or where only admins write: closed, with a sentence why."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.waha.inbox.conftest import add_chat
from waha import groups
from waha.gateway.simulator import Simulator
from waha.models import WahaChat, WahaGroup, WahaMessage, WahaOutbox, WahaSession
from waha.outbound import deliver, outbox
from waha.outbound.refusals import MessageRefused

pytestmark = pytest.mark.django_db

GONE = "This number is no longer in this group."
ADMINS = "Only admins of this group may write here"
TOKEN = "0d3b1f9e-1111-4222-8333-444455556666"


@pytest.fixture
def group(number: WahaSession) -> WahaChat:
    return add_chat(number, 1, chat_id="120363025@g.us", kind="group", name="North")


def close(group: WahaChat, why: str) -> None:
    known = groups.known(group.pk)
    known.left_at = timezone.now() if why == GONE else None
    known.only_admins, known.own_role = why == ADMINS, "participant"
    known.save()


@pytest.mark.parametrize("why", [GONE, ADMINS])
def test_composer_says_why_it_is_closed_and_opens_again(
    desk: Client, group: WahaChat, why: str
) -> None:
    close(group, why)
    closed = desk.get(group.get_absolute_url()).content.decode()
    WahaGroup.objects.update(left_at=None, only_admins=False)

    opened = desk.get(group.get_absolute_url()).content.decode()

    assert (why in closed, 'id="composer-text"' in closed) == (True, False)
    assert (why in opened, 'id="composer-text"' in opened) == (False, True)


@pytest.mark.parametrize("why", [GONE, ADMINS])
def test_what_is_sent_all_the_same_is_refused_with_the_sentence(
    desk: Client, group: WahaChat, users: dict[str, User], why: str
) -> None:
    close(group, why)
    url = reverse("inbox:message-send", args=[group.pk])

    shown = desk.post(url, {"text": "Hello", "client_token": TOKEN}).content.decode()

    with pytest.raises(MessageRefused, match=why):
        outbox.send_text(chat=group, body="Hello", by=users["olga"], client_token="t1")
    assert why in shown
    assert (WahaOutbox.objects.count(), WahaMessage.objects.count()) == (0, 0)


def test_admin_of_such_a_group_writes_and_so_does_a_member_of_any_other(
    group: WahaChat, users: dict[str, User]
) -> None:
    close(group, ADMINS)
    WahaGroup.objects.update(own_role="admin")
    outbox.send_text(chat=group, body="Hello", by=users["olga"], client_token="t1")
    WahaGroup.objects.update(own_role="participant", only_admins=None)

    outbox.send_text(chat=group, body="Hello", by=users["olga"], client_token="t2")

    assert WahaOutbox.objects.count() == 2


def test_message_that_waited_while_the_number_was_removed_fails_with_the_sentence(
    group: WahaChat, users: dict[str, User], waha: Simulator
) -> None:
    message = outbox.send_text(chat=group, body="Hello", by=users["olga"], client_token="t1")
    close(group, GONE)

    deliver.deliver_due()

    message.refresh_from_db()
    assert (message.status, message.error.startswith(GONE), waha.accepted) == ("failed", True, [])
    WahaGroup.objects.update(left_at=None)
    outbox.retry(message=message, by=users["olga"])
    deliver.deliver_due()
    assert waha.accepted == [(group.chat_id, "Hello")]
