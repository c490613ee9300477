"""Reactions, edits and deletions for everyone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import AuditLog
from tests.waha.outbound.conftest import Send
from waha.gateway.simulator import Simulator
from waha.inbound import drain
from waha.models import WahaChat, WahaEvent, WahaMessage, WahaReaction
from waha.outbound import changes, deliver
from waha.outbound.refusals import MessageRefused

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(waha: Simulator, send: Send) -> WahaMessage:
    """A text of ours that WhatsApp has."""
    message = send("Hello Carla", token="t1")
    deliver.deliver_due()
    message.refresh_from_db()
    assert message.message_id
    return message


def told(message: WahaMessage) -> WahaMessage:
    """The message once our own word has been drained."""
    drain.drain_all()
    message.refresh_from_db()
    return message


@pytest.mark.core
def test_reaction_reaches_whatsapp_and_the_record(
    sent: WahaMessage, chat: WahaChat, olga: User, waha: Simulator
) -> None:
    changes.react(chat=chat, message=sent, emoji="👍", by=olga)
    told(sent)

    assert changes.my_reaction(sent) == "👍"
    assert "message.reaction" in [each.event for each in waha.emissions]
    assert AuditLog.objects.filter(event="message.reacted", object_id=sent.pk).count() == 1


def test_empty_reaction_takes_it_away(sent: WahaMessage, chat: WahaChat, olga: User) -> None:
    changes.react(chat=chat, message=sent, emoji="👍", by=olga)
    told(sent)
    WahaReaction.with_removed.update(reacted_at=timezone.now() - timedelta(seconds=5))

    changes.react(chat=chat, message=sent, emoji="", by=olga)
    told(sent)

    assert changes.my_reaction(sent) == ""


@pytest.mark.core
def test_edit_changes_the_words_everywhere(
    sent: WahaMessage, chat: WahaChat, olga: User, waha: Simulator
) -> None:
    changes.edit(chat=chat, message=sent, text=" Hello dear Carla\r\n", by=olga)
    message = told(sent)

    assert (message.content, message.edited_at is None) == ("Hello dear Carla", False)
    assert waha.session("support").find(message.message_id).body == "Hello dear Carla"
    chat.refresh_from_db()
    assert chat.last_message_preview == "Hello dear Carla"


def test_change_that_waha_tells_of_too_is_one_change(
    sent: WahaMessage, chat: WahaChat, olga: User, apply_webhooks: Callable[..., None]
) -> None:
    changes.edit(chat=chat, message=sent, text="Second", by=olga)
    changes.delete_for_everyone(chat=chat, message=sent, by=olga)

    apply_webhooks()
    message = told(sent)

    assert (message.content, WahaMessage.objects.count()) == ("Second", 1)
    assert message.revoked_at is not None
    assert not WahaEvent.objects.exclude(state="done").exists()


@pytest.mark.core
def test_deletion_takes_it_from_whatsapp_and_keeps_our_record(
    sent: WahaMessage, chat: WahaChat, olga: User, waha: Simulator
) -> None:
    changes.delete_for_everyone(chat=chat, message=sent, by=olga)
    message = told(sent)

    assert (message.content, message.revoked_at is None) == ("Hello Carla", False)
    assert waha.session("support").find(message.message_id).body is None


def test_old_messages_are_left_as_they_are(
    sent: WahaMessage, chat: WahaChat, olga: User, waha: Simulator
) -> None:
    sent.created_at -= timedelta(minutes=16)
    assert (changes.may_edit(sent), changes.may_delete(sent)) == (False, True)
    sent.created_at -= timedelta(days=2)
    assert changes.may_delete(sent) is False

    with pytest.raises(MessageRefused, match="15 minutes"):
        changes.edit(chat=chat, message=sent, text="New", by=olga)
    with pytest.raises(MessageRefused, match="two days"):
        changes.delete_for_everyone(chat=chat, message=sent, by=olga)


def test_message_of_the_customer_is_not_ours_to_change(
    sent: WahaMessage, chat: WahaChat, olga: User
) -> None:
    sent.from_me = False

    assert (changes.may_edit(sent), changes.may_delete(sent)) == (False, False)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"drop": True, "after": True}, "did not answer in time"),
        ({"status": 429}, "cannot be reached right now"),
        ({"status": 500}, "did not answer in time"),
    ],
)
def test_failure_is_said_and_changes_nothing(
    sent: WahaMessage,
    chat: WahaChat,
    olga: User,
    waha: Simulator,
    fault: dict[str, object],
    words: str,
) -> None:
    waha.fault(path="*/messages/*", method="PUT", **fault)

    with pytest.raises(MessageRefused, match=words):
        changes.edit(chat=chat, message=sent, text="New", by=olga)

    assert told(sent).content == "Hello Carla"
    assert not AuditLog.objects.filter(event="message.edited").exists()


@pytest.mark.parametrize("text", ["", "  \r\n", "\x00"])
def test_edit_to_nothing_is_refused(
    sent: WahaMessage, chat: WahaChat, olga: User, text: str
) -> None:
    with pytest.raises(MessageRefused, match="empty"):
        changes.edit(chat=chat, message=sent, text=text, by=olga)


def test_reaction_that_is_no_emoji_is_refused(
    sent: WahaMessage, chat: WahaChat, olga: User
) -> None:
    with pytest.raises(MessageRefused, match="no emoji"):
        changes.react(chat=chat, message=sent, emoji="x" * 33, by=olga)
