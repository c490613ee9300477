"""Erasing a person reaches everything we hold of them and nothing of others."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from attachments.models import Attachment
from audit.models import AuditLog
from crm.models import Contact, ContactIdentity, IdentityKind
from mercury.db import rotation
from tests.waha.inbound.bodies import CUSTOMER, body, event_row, text
from tests.waha.lifecycle.conftest import OLD, make_old, run
from waha import erased
from waha.inbound import drain, findings, journal
from waha.lifecycle import erasure, holds
from waha.lifecycle.erasure import ErasureRefused
from waha.models import (
    WahaCall,
    WahaChat,
    WahaChatAddress,
    WahaErased,
    WahaEvent,
    WahaGroupMember,
    WahaMessage,
    WahaMessageArchive,
    WahaMessageKey,
    WahaReaction,
    WahaSync,
)

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "+447700900123"
LID = "998877@lid"


@pytest.fixture
def carla(chat: WahaChat, var_dir: Any) -> dict[str, Any]:
    """Carla with an archived and a recent message, a group she speaks in, a call, a file."""
    contact = Contact.objects.create(name="Carla Customer")
    ContactIdentity.objects.create(contact=contact, kind=IdentityKind.PHONE, value=PHONE)
    WahaChat.objects.filter(pk=chat.pk).update(contact=contact)
    WahaChatAddress.objects.create(session=chat.session, address=LID, chat=chat)
    group = WahaChat.objects.create(session=chat.session, chat_id="12@g.us", kind="group")
    other = WahaChat.objects.create(session=chat.session, chat_id="447700900777@c.us")
    make_old(chat, 3)
    hers, *_ = make_old(group, 2)
    WahaMessage.objects.filter(pk=hers.pk).update(sender_id=LID, sender_name="Carla")
    reply = make_old(
        group, 1, at=OLD.start + timedelta(days=2), reply_to_message_id=hers.message_id
    )
    WahaMessage.objects.filter(pk=reply[0].pk).update(
        extra={"quote": {"text": "what Carla said", "sender": LID}}
    )
    make_old(other, 2)
    run()
    recent = make_old(chat, 1, at=timezone.now() - timedelta(days=1))[0]
    path = default_storage.save("erase/a.jpg", ContentFile(b"jpg"))
    Attachment.objects.create(
        name="a.jpg", original_name="a.jpg", display_name="a.jpg", extension="jpg",
        model_type=ContentType.objects.get_for_model(WahaMessage), model_id=recent.pk,
        chat_id=chat.pk, path=path, size=3, mime_type="image/jpeg", sha256="0" * 64,
    )  # fmt: skip
    WahaReaction.objects.create(
        session=chat.session, message_pk=reply[0].pk, sender_id=LID, emoji="👍",
        reacted_at=timezone.now(),
    )  # fmt: skip
    WahaCall.objects.create(
        session=chat.session, call_id="C1", from_id=CUSTOMER, started_at=timezone.now()
    )
    WahaGroupMember.objects.create(chat=group, address=LID, heard_at=timezone.now())
    WahaGroupMember.objects.create(chat=group, address="7@lid", heard_at=timezone.now())
    event_row(chat.session, text("HERS", "secret words"))
    event_row(chat.session, text("OTHERS", "other words", chat="447700900777@c.us"))
    return {"contact": contact, "group": group, "other": other, "path": path}


EXPECTED = {
    "messages": 4,
    "messages in groups": 1,
    "reactions": 1,
    "memberships of groups": 1,
    "calls": 1,
    "journal bodies": 1,
    "notes and files": 0,
    "chats": 1,
    "contacts": 1,
}


def test_erasure_says_what_it_would_reach_and_changes_nothing(carla: dict[str, Any]) -> None:
    out = StringIO()

    call_command("erase_person", phone=PHONE, dry_run=True, stdout=out)

    assert erasure.look(erasure.find(phone=PHONE)) == EXPECTED
    lines = out.getvalue().splitlines()
    assert lines[0].split() == ["4", "messages"]
    assert lines[-1] == "Nothing was changed."
    assert sum(line.strip().startswith("stays") for line in lines) == len(erasure.STAYS)


def test_erasure_leaves_nothing_of_the_person(carla: dict[str, Any], chat: WahaChat) -> None:
    keys = WahaMessageKey.objects.count()

    counts = erasure.erase(erasure.find(contact=carla["contact"]), by=None)

    assert counts == EXPECTED
    assert erasure.look(erasure.find(contact=carla["contact"])) == dict.fromkeys(EXPECTED, 0) | {
        "contacts": 1
    }
    assert not WahaChat.objects.filter(pk=chat.pk).exists()
    assert not default_storage.exists(carla["path"])
    assert WahaMessageKey.objects.count() == keys
    said = [*WahaMessageArchive.objects.values_list("sender_id", "sender_name", "extra")]
    assert [line for line in said if "Carla" in str(line) or LID in str(line)] == []
    carla["contact"].refresh_from_db()
    assert (carla["contact"].name, carla["contact"].identities.count()) == ("", 0)


def test_erasure_leaves_others_whole(carla: dict[str, Any]) -> None:
    erasure.erase(erasure.find(phone=PHONE), by=None)

    assert WahaMessageArchive.objects.filter(chat_id=carla["other"].pk).count() == 2
    group = WahaMessageArchive.objects.filter(chat_id=carla["group"].pk)
    assert (group.count(), group.exclude(content="").count()) == (3, 2)
    assert WahaEvent.objects.count() == 1
    entry = AuditLog.objects.get(event="person.erased")
    assert (entry.new_values, PHONE[1:] in str(entry.__dict__)) == (EXPECTED, False)


def test_erasure_is_refused_while_on_hold(carla: dict[str, Any]) -> None:
    holds.place(contact=carla["contact"], reason="Case 15/26", by=None)

    with pytest.raises(CommandError, match="on legal hold"):
        call_command("erase_person", contact=carla["contact"].pk)

    assert WahaMessageArchive.objects.count() == 8


def test_erasure_of_nobody_says_so() -> None:
    with pytest.raises(ErasureRefused, match="Nobody is known"):
        erasure.find(phone="+4930999999")


def test_other_stores_are_reached_too(
    carla: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "_others", {})
    asked: list[tuple[list[int], bool]] = []

    def step(person: erasure.Person, by: object, really: bool) -> int:
        asked.append((person.chat_ids, really))
        return 7

    erasure.register("search rows", step)
    person = erasure.find(phone=PHONE)

    counts = erasure.erase(person, by=None)

    assert (counts["search rows"], asked) == (7, [(person.chat_ids, True)])


# -- what comes in afterwards


def seconds_from_now(seconds: int) -> int:
    return int(timezone.now().timestamp()) + seconds


@pytest.mark.core
def test_what_is_older_than_the_erasure_does_not_come_back(
    carla: dict[str, Any], chat: WahaChat
) -> None:
    session = chat.session
    erasure.erase(erasure.find(phone=PHONE), by=None)
    before = WahaChat.objects.count()
    old = event_row(session, text("LATE", "secret words", at=seconds_from_now(-60)))
    event_row(session, text("LID1", "secret words", chat=LID, at=seconds_from_now(-60)))
    event_row(session, text("OURS", "secret words", from_me=True, at=seconds_from_now(-60)))
    event_row(session, text("KNOWN", "to others", chat="447700900555@c.us"))

    drain.drain_all()

    old.refresh_from_db()
    assert (old.state, bytes(old.body), old.last_error) == ("done", b"", journal.OF_ERASED)
    assert not WahaMessage.objects.filter(content="secret words").exists()
    assert WahaMessage.objects.filter(content="to others").count() == 1
    assert WahaChat.objects.count() == before + 1  # that of the others
    assert not WahaEvent.objects.filter(body__contains=b"secret words").exists()


def test_history_of_an_erased_person_is_not_even_put_into_the_journal(
    carla: dict[str, Any], chat: WahaChat
) -> None:
    session = chat.session
    row = WahaSync.objects.create(
        session=session, kind="import", since=timezone.now(), until=timezone.now()
    )
    erasure.erase(erasure.find(phone=PHONE), by=None)
    page = [
        text(raw, "words", chat=address, at=seconds_from_now(-3600))["payload"]
        for raw, address in (("OLD1", CUSTOMER), ("OLD2", LID), ("OLD3", "447700900777@c.us"))
    ]

    found = findings.take(row, page)

    added = WahaEvent.objects.filter(session=session, event="import.message")
    assert (found.new, [each.envelope_id for each in added]) == (1, ["0:OLD3"])


def test_who_writes_after_the_erasure_is_somebody_new(
    carla: dict[str, Any], chat: WahaChat
) -> None:
    erasure.erase(erasure.find(phone=PHONE), by=None)
    event_row(chat.session, text("NEW", "Hello again", at=seconds_from_now(60)))

    drain.drain_all()

    message = WahaMessage.objects.get(message_id="NEW")
    assert (message.content, message.chat.contact_id) == ("Hello again", None)


def test_what_was_blanked_in_a_group_stays_blank(carla: dict[str, Any], chat: WahaChat) -> None:
    event_row(chat.session, text(
        "G1", "in the group", chat="13@g.us", participant=LID, at=seconds_from_now(-60)
    ))  # fmt: skip
    drain.drain_all()
    erasure.erase(erasure.find(phone=PHONE), by=None)
    edit = body("message.edited", {
        "id": "false_13@g.us_E1", "timestamp": seconds_from_now(5), "from": "13@g.us",
        "fromMe": False, "body": "edited words", "editedMessageId": "G1",
    })  # fmt: skip
    event_row(chat.session, edit)

    drain.drain_all()

    message = WahaMessage.objects.get(message_id="G1")
    assert (message.content, message.sender_id) == ("", "erased")


def test_erased_addresses_are_recognised_after_keys_were_rotated(
    carla: dict[str, Any], settings: Any
) -> None:
    erasure.erase(erasure.find(phone=PHONE), by=None)
    old = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [("new", b"n" * 32), *old]
    rotation.rotate()
    settings.ENCRYPTION_KEYS = [("new", b"n" * 32)]

    assert set(erased.until([CUSTOMER, LID, "447700900777@c.us"])) == {CUSTOMER, LID}
    assert not WahaErased.objects.filter(address_hash__contains="447700900123").exists()
