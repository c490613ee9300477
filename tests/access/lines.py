"""A number with every kind of row, a canary in every field."""

import io
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from attachments import services
from attachments.models import Attachment, AttachmentCopy, CopyState
from audit import log
from audit.models import AuditLog, ErrorLog
from crm.models import ContactIdentity, IdentityKind
from mercury.db.partitions import Month
from tests import factories
from tests.access.canaries import Canaries
from waha import labels, sharing
from waha.gateway.simulator.media import shipped
from waha.models import (
    EventState,
    Level,
    MarkKind,
    MediaState,
    MessageStatus,
    MessageType,
    OutboxState,
    UpdateKind,
    WahaChat,
    WahaChatLabel,
    WahaEvent,
    WahaGroupMember,
    WahaLabel,
    WahaMark,
    WahaMessage,
    WahaMessageArchive,
    WahaOutbox,
    WahaScheduled,
    WahaServer,
    WahaSession,
    WahaUpdate,
)

PHONES = {"a": "+447700911001", "b": "+447700922002"}
# Large and far apart, so that a primary key in a page says whose it is.
FIRST_KEY = {"a": 810_000_000, "b": 820_000_000}
ARCHIVED = Month(2024, 1)
SHADES = {"a": (200, 30, 30), "b": (30, 30, 200)}


@dataclass(slots=True)
class Line:
    """A number and its rows; `rows` are those that pages are named after, by model."""

    letter: str
    canaries: Canaries
    session: WahaSession
    chat: WahaChat
    group: WahaChat
    failed: WahaMessage
    elsewhere: WahaMessage
    picture: Attachment
    rows: dict[str, Any] = field(default_factory=dict)


def draw(letter: str, canaries: Canaries, server: WahaServer) -> Line:
    """Make the number `a` or `b` with all that belongs to it."""
    session, company = _session(letter, canaries, server)
    chat, contact = _chat(letter, canaries, session, company)
    failed = _talk(letter, canaries, chat)
    _long_ago(letter, canaries, chat)
    group, elsewhere = _group(letter, canaries, session)
    _mark(letter, canaries, chat, failed)
    canaries.bytes_of(letter, "key", "message.pk", str(failed.pk), str(elsewhere.pk))
    canaries.bytes_of(letter, "key", "chat.pk", str(chat.pk), str(group.pk))
    picture = _files(letter, canaries, chat)
    call = factories.make_call(
        pk=FIRST_KEY[letter] + 8,
        chat=chat,
        call_id=canaries.word(letter, "call", "call.call_id"),
    )
    line = Line(letter, canaries, session, chat, group, failed, elsewhere, picture)
    line.rows = {"company": company, "contact": contact, "call": call, "wahasession": session}
    line.rows |= _customer(line)
    line.rows |= _records(line)
    line.rows["voice"] = _voice(letter, canaries, chat)
    line.rows["wahalabel"] = WahaLabel.objects.get(session=session)
    return line


def tell(line: Line) -> None:
    """Write the updates of live screens, old enough to be settled."""
    made = [
        WahaUpdate(kind=kind, session_id=line.session.pk, chat_id=line.chat.pk, ref=line.failed.pk)
        for kind in (UpdateKind.MESSAGE, UpdateKind.CHANGE)
    ]
    for update in made:
        update.save()
    WahaUpdate.objects.filter(pk__in=[update.pk for update in made]).update(
        created_at=timezone.now() - timedelta(minutes=1)
    )


def _session(letter: str, canaries: Canaries, server: WahaServer) -> tuple[WahaSession, Any]:
    def word(kind: str, place: str) -> str:
        return canaries.word(letter, kind, place)

    first = FIRST_KEY[letter]
    company = factories.make_company(
        pk=first + 1,
        name=word("customer", "company.name"),
        website=f"https://{word('customer', 'company.website')}.example.com/",
    )
    phone = PHONES[letter]
    session = factories.make_session(
        pk=first + 2,
        name=word("number", "session.name"),
        title=word("number", "session.title"),
        waha_name=word("number", "session.waha_name"),
        hmac_key=word("secret", "session.hmac_key"),
        config={"note": word("secret", "session.config")},
        phone=phone,
        server=server,
        owner=factories.make_user(name=f"Founder {letter}"),
        # The number's own firm is no customer's: nobody sees it through a chat.
        company=company,
    )
    canaries.bytes_of(letter, "number", "session.pk", str(session.pk))
    canaries.bytes_of(letter, "number", "session.phone", phone, spaced(phone))
    colleague = factories.make_user(name=word("colleague", "share.user"))
    sharing.share(session=session, user=colleague, level=Level.VIEW, by=None)
    return session, company


def _chat(
    letter: str, canaries: Canaries, session: WahaSession, company: Any
) -> tuple[WahaChat, Any]:
    phone = f"{PHONES[letter][:-3]}555"
    contact = factories.make_contact(
        pk=FIRST_KEY[letter] + 3,
        name=canaries.word(letter, "customer", "contact.name"),
        phone=phone,
        company=company,
    )
    canaries.bytes_of(letter, "customer", "contact.phone", phone, spaced(phone))
    hidden = canaries.word(letter, "private", "contact.private")
    identity = ContactIdentity(contact=contact, kind=IdentityKind.EMAIL)
    identity.hold(f"{hidden}@example.com", private=True).save()
    chat = factories.make_chat(
        pk=FIRST_KEY[letter] + 4,
        session=session,
        contact=contact,
        name=canaries.word(letter, "chat", "chat.name"),
        chat_id=f"{phone.lstrip('+')}@c.us",
    )
    return chat, contact


def _talk(letter: str, canaries: Canaries, chat: WahaChat) -> WahaMessage:
    """A message of every kind; returns the one that failed."""

    def word(place: str) -> str:
        return canaries.word(letter, "message", place)

    place = {"latitude": 1.5, "longitude": 2.5, "name": word("location.name")}
    extras: dict[MessageType, dict[str, Any]] = {
        MessageType.LOCATION: {"location": {**place, "address": word("location.address")}},
        MessageType.POLL: {
            "poll": {"name": word("poll.name"), "options": [word("poll.option")], "many": False}
        },
        MessageType.CONTACT: {
            "contacts": [{"name": word("card.name"), "phones": [{"number": word("card.phone")}]}]
        },
        MessageType.TEXT: {
            "quote": {"sender": "x@lid", "type": "text", "text": word("quote.text")}
        },
        MessageType.SYSTEM: {},
        MessageType.UNSUPPORTED: {},
    }
    for kind, extra in extras.items():
        factories.make_message(chat, word(f"{kind}.content"), type=kind, extra=extra)
    factories.make_message(
        chat,
        word("document.content"),
        type=MessageType.DOCUMENT,
        media_name=word("media_name"),
        media_mime="application/pdf",
        media_url=f"http://waha/{word('media_url')}",
    )
    failed = {"status": MessageStatus.FAILED, "error": word("error"), "from_me": True}
    return factories.make_message(chat, word("failed.content"), sent_by=chat.session.user, **failed)


def _long_ago(letter: str, canaries: Canaries, chat: WahaChat) -> None:
    """A message of a month that is archived; the office says so."""
    at = ARCHIVED.start + timedelta(days=3)
    WahaMessageArchive.objects.create(
        session=chat.session,
        chat=chat,
        message_id=f"ARCHIVED{letter}",
        content=canaries.word(letter, "message", "archived.content"),
        media_name=canaries.word(letter, "message", "archived.media_name"),
        type=MessageType.DOCUMENT,
        status=MessageStatus.RECEIVED,
        sender_id=chat.chat_id,
        created_at=at,
    )
    chat.first_message_at = at
    chat.save(update_fields=["first_message_at"])


def _group(letter: str, canaries: Canaries, session: WahaSession) -> tuple[WahaChat, WahaMessage]:
    group = factories.make_chat(
        pk=FIRST_KEY[letter] + 5,
        session=session,
        name=canaries.word(letter, "chat", "group.name"),
        chat_id=f"12036300{PHONES[letter].lstrip('+')}@g.us",
    )
    message = factories.make_message(
        group,
        canaries.word(letter, "message", "group.content"),
        sender_id=f"someone{letter}@lid",
        sender_name=canaries.word(letter, "message", "sender_name"),
        reactions=[
            (f"fan{letter}@lid", canaries.word(letter, "message", "reaction.sender_name"), "👍")
        ],
    )
    WahaGroupMember.objects.create(
        chat=group, address=f"someone{letter}@lid", heard_at=timezone.now()
    )
    return group, message


def _mark(letter: str, canaries: Canaries, chat: WahaChat, message: WahaMessage) -> None:
    """A label, a star and a pin: lists and panels of their own show what has them."""
    label = WahaLabel.objects.create(
        pk=FIRST_KEY[letter] + 19,
        session=chat.session,
        label_id="1",
        name=canaries.word(letter, "chat", "label.name"),
    )
    WahaChatLabel.objects.create(chat=chat, label=label, heard_at=timezone.now())
    labels.show([chat.pk])
    for kind in MarkKind:
        WahaMark.objects.create(
            session=chat.session,
            chat_id=chat.pk,
            message_pk=message.pk,
            kind=kind,
            marked_at=timezone.now(),
        )


def _files(letter: str, canaries: Canaries, chat: WahaChat) -> Attachment:
    """A text and a picture with a thumbnail; returns the picture."""
    drawn = io.BytesIO()
    Image.new("RGB", (96, 64), SHADES[letter]).save(drawn, "PNG")
    text = f"Dear {canaries.word(letter, 'file', 'file bytes')}".encode()
    _file(letter, canaries, chat, MessageType.DOCUMENT, "letter.txt", text)
    picture = _file(letter, canaries, chat, MessageType.IMAGE, "picture.png", drawn.getvalue())
    with default_storage.open(picture.thumbnail_path) as small:
        canaries.bytes_of(letter, "file", "thumbnail bytes", small.read())
    return picture


def _voice(letter: str, canaries: Canaries, chat: WahaChat) -> Attachment:
    """A voice note with the copy that every browser plays."""
    heard = shipped("voice.ogg") + canaries.word(letter, "file", "voice bytes").encode()
    voice = _file(letter, canaries, chat, MessageType.VOICE, "voice.ogg", heard)
    sound = f"ftyp {canaries.word(letter, 'file', 'copy bytes')}".encode()
    path = default_storage.save(f"{voice.path}.playable.m4a", ContentFile(sound))
    AttachmentCopy.objects.filter(attachment=voice).update(path=path, state=CopyState.MADE)
    return voice


def _file(
    letter: str, canaries: Canaries, chat: WahaChat, kind: MessageType, name: str, content: bytes
) -> Attachment:
    message = factories.make_message(
        chat,
        canaries.word(letter, "message", f"{kind}.content"),
        type=kind,
        media_state=MediaState.STORED,
    )
    named = f"{canaries.word(letter, 'file', 'file.name')}-{name}"
    file = services.store(
        [content], record=message, by=None, max_bytes=10**6, chat_id=chat.pk, name=named
    )
    canaries.bytes_of(letter, "file", f"bytes and address of {name}", content, str(file.uuid))
    return file


def _customer(line: Line) -> dict[str, Any]:
    """What people write down of the customer: an instructor, notes and a certificate."""
    letter, contact = line.letter, line.rows["contact"]

    def word(place: str) -> str:
        return line.canaries.word(letter, "customer", place)

    instructor = factories.make_instructor(
        pk=FIRST_KEY[letter] + 8,
        name=word("instructor.name"),
        subjects=word("instructor.subjects"),
        email=f"{word('instructor.email')}@example.com",
        contact=contact,
    )
    for record in (contact, line.rows["company"], instructor):
        factories.make_note(record, word("note.text"))
    certificate = services.store(
        [word("certificate bytes").encode()],
        record=contact,
        name=f"{word('certificate.name')}.txt",
        by=None,
        max_bytes=10**6,
    )
    line.canaries.bytes_of(letter, "customer", "certificate address", str(certificate.uuid))
    return {"instructor": instructor, "certificate": certificate}


def _records(line: Line) -> dict[str, Any]:
    """What machines write about the number: journal, outbox, audit and error logs."""
    letter, session, word = line.letter, line.session, line.canaries.word
    event = WahaEvent.objects.create(
        pk=FIRST_KEY[letter] + 6,
        session=session,
        event="message.any",
        envelope_id=word(letter, "journal", "event.envelope_id"),
        body=json.dumps({"body": word(letter, "secret", "event.body")}).encode(),
        state=EventState.DEAD,
        last_error=word(letter, "journal", "event.last_error"),
    )
    outbox = WahaOutbox.objects.create(
        pk=FIRST_KEY[letter] + 7,
        session=session,
        chat=line.chat,
        message=line.failed,
        message_created_at=line.failed.created_at,
        client_token=word(letter, "secret", "outbox.client_token"),
        state=OutboxState.FAILED,
        last_error=word(letter, "journal", "outbox.last_error"),
    )
    planned = WahaScheduled.objects.create(
        pk=FIRST_KEY[letter] + 8,
        session=session,
        chat=line.chat,
        content=word(letter, "message", "scheduled.content"),
        send_at=timezone.now() + timedelta(days=1),
        due_at=timezone.now() + timedelta(days=1),
        client_token=word(letter, "secret", "scheduled.client_token"),
        created_by=session.user,
    )
    for name, target in {
        "chat.started": line.chat,
        "contact.changed": line.rows["contact"],
        "attachment.removed": line.picture,
    }.items():
        log.record(name, target=target)
    log.record("session.paired", target=session, new={"note": word(letter, "audit", "new_values")})
    audited = AuditLog.objects.order_by("-pk")[0]
    error = ErrorLog.objects.create(
        level="ERROR",
        message=word(letter, "error", "error.message"),
        context={"path": word(letter, "error", "error.context")},
        fingerprint=f"canary-{letter}",
    )
    return {
        "wahaevent": event,
        "wahaoutbox": outbox,
        "wahascheduled": planned,
        "auditlog": audited,
        "errorlog": error,
    }


def spaced(phone: str) -> str:
    """A British phone as pages write it: +44 7700 911001."""
    return f"{phone[:3]} {phone[3:7]} {phone[7:]}"
