"""Messages on their way, sent again or discarded from the administration."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditLog
from tests.factories import make_chat, make_message, make_user, share
from waha.models import Level, MessageStatus, OutboxState, WahaChat, WahaMessage, WahaOutbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat() -> WahaChat:
    return make_chat()


def failed(chat: WahaChat) -> WahaOutbox:
    message = make_message(chat, from_me=True, status=MessageStatus.FAILED)
    return WahaOutbox.objects.create(
        session=chat.session,
        chat=chat,
        message=message,
        message_created_at=message.created_at,
        client_token=f"token-{message.pk}",
        state=OutboxState.FAILED,
        posted_at=timezone.now(),
    )


def act(user: User, action: str, row: WahaOutbox) -> str:
    client = Client()
    client.force_login(user)
    url = reverse("admin:waha_wahaoutbox_changelist")
    sent = {"action": action, "_selected_action": [row.pk]}
    return client.post(url, sent, follow=True).content.decode()


def manager(chat: WahaChat, level: Level | None) -> User:
    user = make_user(role="Manager", is_staff=True)
    if level:
        share(chat.session, user, level)
    return user


def test_failed_message_is_sent_again(chat: WahaChat, hints: list[str]) -> None:
    user, row = manager(chat, Level.REPLY), failed(chat)

    page = act(user, "retry", row)

    row.refresh_from_db()
    assert row.state == OutboxState.QUEUED
    assert "1 message is tried again." in page
    assert AuditLog.objects.get(event="message.retried").actor_id == user.pk


def test_failed_message_is_discarded(chat: WahaChat) -> None:
    row = failed(chat)

    page = act(manager(chat, Level.MANAGE), "discard", row)

    row.refresh_from_db()
    assert row.state == OutboxState.DISCARDED
    assert "1 message discarded." in page
    assert not WahaMessage.objects.filter(pk=row.message_id).exists()


@pytest.mark.parametrize("action", ["retry", "discard"])
@pytest.mark.parametrize("level", [None, Level.VIEW])
def test_who_may_not_answer_there_changes_nothing(
    chat: WahaChat, action: str, level: Level | None
) -> None:
    row = failed(chat)

    page = act(manager(chat, level), action, row)

    row.refresh_from_db()
    assert row.state == OutboxState.FAILED
    assert ("You may not answer on" in page) == (level is not None)
