"""Retention deletes whole months and nothing that is on hold."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from audit.models import AuditLog
from crm.models import Contact
from mercury.db import partitions
from tests.waha.lifecycle.conftest import OLD, make_old, run
from waha.lifecycle import holds, retention, schedule
from waha.models import (
    ArchiveState,
    WahaArchiveMonth,
    WahaChat,
    WahaHold,
    WahaMessageArchive,
    WahaMessageKey,
    WahaReaction,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other(chat: WahaChat) -> WahaChat:
    return WahaChat.objects.create(session=chat.session, chat_id="447700900555@c.us")


def archived(chat: WahaChat, *others: WahaChat) -> None:
    for each in (chat, *others):
        rows = make_old(each, 3)
        WahaReaction.objects.create(
            session=each.session, message_pk=rows[0].pk, sender_id="x", emoji="👍",
            reacted_at=timezone.now(),
        )  # fmt: skip
    run()


def test_retention_deletes_a_month_and_what_hangs_on_it(chat: WahaChat) -> None:
    archived(chat)

    (purged,) = retention.run(older_than=8, tell=lambda line: None)

    assert (purged.messages, purged.held) == (3, 0)
    assert (WahaMessageArchive.objects.count(), WahaReaction.objects.count()) == (0, 0)
    assert WahaMessageKey.objects.count() == 3
    assert WahaArchiveMonth.objects.get().state == ArchiveState.PURGED
    assert OLD.partition("waha_messages_archive") not in partitions.names(
        connection, "waha_messages_archive"
    )
    assert AuditLog.objects.get(event="retention.purged").new_values == {
        "month": str(OLD),
        "messages": 3,
        "held": 0,
    }


def test_retention_leaves_younger_months(chat: WahaChat) -> None:
    archived(chat)

    assert retention.run(older_than=9, tell=lambda line: None) == []
    assert WahaMessageArchive.objects.count() == 3


def test_a_hold_keeps_its_chat_and_lets_go_when_released(
    chat: WahaChat, other: WahaChat, users: dict[str, User]
) -> None:
    archived(chat, other)
    hold = holds.place(chat=chat, reason="Case 12/26", by=users["mia"])

    first = retention.run(older_than=8, tell=lambda line: None)
    kept = set(WahaMessageArchive.objects.values_list("chat_id", flat=True))
    holds.release(hold=hold, by=users["mia"])
    second = retention.run(older_than=8, tell=lambda line: None)

    assert ([(each.messages, each.held) for each in first], kept) == ([(3, 3)], {chat.pk})
    assert [(each.messages, each.held) for each in second] == [(3, 0)]
    assert list(AuditLog.objects.filter(event__startswith="hold.").order_by("pk").values_list(
        "event", "actor_id"
    )) == [("hold.placed", users["mia"].pk), ("hold.released", users["mia"].pk)]  # fmt: skip


def test_a_hold_on_a_contact_keeps_all_its_chats(chat: WahaChat, other: WahaChat) -> None:
    contact = Contact.objects.create(name="Carla")
    WahaChat.objects.filter(pk=other.pk).update(contact=contact)
    holds.place(contact=contact, reason="Case 13/26", by=None)

    assert WahaHold.objects.chat_ids() == {other.pk}


def test_commands_say_what_goes_and_what_stays(chat: WahaChat, other: WahaChat) -> None:
    archived(chat, other)
    holds.place(chat=other, reason="Case 14/26", by=None)
    looked, deleted = StringIO(), StringIO()

    call_command("purge_archive", older_than=8, dry_run=True, stdout=looked)
    call_command("purge_archive", older_than=8, stdout=deleted)

    assert looked.getvalue() == f"{OLD}: 3 messages, 3 held\n"
    assert deleted.getvalue().splitlines()[-1] == "Deleted 3 messages, 3 are on hold."


def test_retention_is_off_unless_it_is_set(chat: WahaChat, settings: object) -> None:
    archived(chat)

    schedule.archive_due()
    with pytest.raises(CommandError, match="No retention is set"):
        call_command("purge_archive")

    assert WahaMessageArchive.objects.count() == 3


def test_the_schedule_archives_and_deletes_what_is_due(chat: WahaChat, settings: object) -> None:
    settings.RETENTION_MONTHS = 8  # type: ignore[attr-defined]
    archived(chat)

    schedule.archive_due()

    assert WahaMessageArchive.objects.count() == 0
