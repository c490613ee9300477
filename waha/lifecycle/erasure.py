"""Erases a person: what we hold of them goes, what must stay says nothing about them.

Messages of their own chats are deleted, what they said in groups is blanked so that the others'
conversation stays whole. It is done in steps that may each be repeated: a run that is stopped
is run again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Q
from django.utils import timezone

from audit import log
from crm import contacts, erasing
from crm.models import Contact, ContactIdentity, IdentityKind
from mercury.db.locks import named_lock
from waha import erased
from waha.lifecycle import places, removal
from waha.lifecycle.archive import LOCK
from waha.models import (
    ERASED,
    ChatKind,
    MediaState,
    WahaCall,
    WahaChat,
    WahaChatAddress,
    WahaEvent,
    WahaGroupMember,
    WahaHold,
    WahaMessage,
    WahaMessageArchive,
    WahaOutbox,
    WahaReaction,
    WahaScheduled,
)
from waha.models.message import MessageQuerySet
from waha.outbound import scheduled

if TYPE_CHECKING:
    from accounts.models import User

CHUNK = 500

STAYS = (
    "audit entries (who did what, by ids)",
    "the keys of the messages (WhatsApp's ids and times) and keyed hashes of the addresses, "
    "so that no import brings anything older back",
    "backups, until they roll off",
    "what the person and WhatsApp have on their own phones and servers",
)


class ErasureRefused(Exception):
    """The person must not be erased; the text says why."""


@dataclass(slots=True)
class Person:
    """Somebody under all addresses we know of them."""

    contact: Contact | None
    addresses: set[str] = field(default_factory=set)
    digits: set[str] = field(default_factory=set)
    chats: list[WahaChat] = field(default_factory=list)

    @property
    def chat_ids(self) -> list[int]:
        return [chat.pk for chat in self.chats]


Step = Callable[[Person, "User | None", bool], int]
_others: dict[str, Step] = {}


def register(what: str, step: Step) -> None:
    """Let another store of personal data, such as search, be reached: step(person, by, really)."""
    _others[what] = step


def find(*, contact: Contact | None = None, phone: str = "") -> Person:
    """The person behind a contact or a phone in E.164, with all their addresses and chats.

    Raises ErasureRefused when nobody is known under that phone.
    """
    digits = phone.lstrip("+")
    if contact is None and digits:
        known = ContactIdentity.objects.select_related("contact")
        at = known.at([(IdentityKind.PHONE, f"+{digits}")])
        contact = next((each.contact for each in at.values()), None)
    person = Person(contact, digits={digits} if digits else set())
    if contact is not None:
        for kind, value in contacts.every_address(contact):
            if kind == IdentityKind.PHONE:
                person.digits.add(value.lstrip("+"))
            elif kind != IdentityKind.EMAIL:
                person.addresses.add(value)
    for each in person.digits:
        person.addresses |= {f"{each}@c.us", f"{each}@s.whatsapp.net"}
    _find_chats(person)
    if contact is None and not person.chats:
        raise ErasureRefused("Nobody is known under that number. Write it like +4930123456.")
    return person


def _find_chats(person: Person) -> None:
    """Their own chats; every other form of their address leads on to more."""
    while True:
        at = WahaChatAddress.objects.filter(address__in=person.addresses).values("chat_id")
        own = Q(pk__in=at) | Q(chat_id__in=person.addresses)
        if person.contact is not None:
            own |= Q(contact=person.contact)
        person.chats = list(WahaChat.objects.filter(own, kind=ChatKind.DIRECT).order_by("pk"))
        forms = set(
            WahaChatAddress.objects.filter(chat__in=person.chats).values_list("address", flat=True)
        ) | {chat.chat_id for chat in person.chats}
        if forms <= person.addresses:
            return
        person.addresses |= forms
        person.digits |= {form.split("@")[0] for form in forms if form.endswith("@c.us")}


def look(person: Person) -> dict[str, int]:
    """{what: how many} an erasure would reach. Changes nothing."""
    return _go(person, by=None, really=False)


def erase(person: Person, *, by: "User | None") -> dict[str, int]:
    """Erase the person; returns {what: how many}.

    Raises ErasureRefused while on hold, and Busy while the archive moves rows about.
    """
    contact_id = person.contact.pk if person.contact else None
    if WahaHold.objects.touching(person.chat_ids, contact_id):
        raise ErasureRefused("This person is on legal hold. Release the hold first.")
    with named_lock(LOCK):
        # Before anything goes: what comes in meanwhile is older and must not come back.
        erased.remember(person.addresses, at=timezone.now())
        counts = _go(person, by=by, really=True)
    log.record("person.erased", target=person.contact, by=by, new=dict(counts))
    return counts


def _go(person: Person, *, by: "User | None", really: bool) -> dict[str, int]:
    steps: dict[str, Step] = {
        "messages": _messages,
        "messages in groups": _group_messages,
        "reactions": _reactions,
        "memberships of groups": _memberships,
        "calls": _calls,
        "journal bodies": _journal,
        **_others,
        "notes and files": _written_down,
        "chats": _chats,
        "contacts": _contact,
    }
    return {what: step(person, by, really) for what, step in steps.items()}


def _tables() -> Iterator[MessageQuerySet[Any]]:
    yield WahaMessage.objects.using(DEFAULT_DB_ALIAS)
    for alias in places.databases():
        yield WahaMessageArchive.objects.using(alias)


def _messages(person: Person, by: "User | None", really: bool) -> int:
    """All of their own chats, ours to them included: they speak of the person too."""
    found = 0
    for table in _tables():
        rows = table.filter(chat_id__in=person.chat_ids)
        if not really:
            found += rows.count()
            continue
        while pks := list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
            removal.remove(rows, pks, by=by)
            found += len(pks)
    return found


def _group_messages(person: Person, by: "User | None", really: bool) -> int:
    """What they said among others is blanked, also where somebody quotes it."""
    groups = list(WahaChat.objects.filter(kind=ChatKind.GROUP).values_list("pk", flat=True))
    found = 0
    for table in _tables():
        rows = table.filter(chat_id__in=groups, sender_id__in=person.addresses)
        if not really:
            found += rows.count()
            continue
        while chunk := list(rows.order_by("pk").values_list("pk", "message_id", "chat_id")[:CHUNK]):
            removal.remove_around([pk for pk, *_rest in chunk], by=by)
            _blank_quotes({raw for _pk, raw, _chat in chunk}, {chat for *_rest, chat in chunk})
            pks = [pk for pk, *_rest in chunk]
            WahaChat.objects.filter(last_message_pk__in=pks).update(
                last_message_preview="", last_message_sender=""
            )
            table.filter(pk__in=pks).update(
                content="", sender_id=ERASED, sender_name="", extra={}, media_url="",
                media_name="", media_state=MediaState.NONE, revoked_at=timezone.now(),
            )  # fmt: skip
            found += len(chunk)
    return found


def _blank_quotes(raw_ids: set[str], chats: set[int]) -> None:
    for table in _tables():
        rows = table.filter(chat_id__in=chats, reply_to_message_id__in=raw_ids - {""})
        for row in rows.only("extra", "created_at"):
            extra = {key: value for key, value in row.extra.items() if key != "quote"}
            row.stored().update(extra=extra)


def _reactions(person: Person, by: "User | None", really: bool) -> int:
    rows = WahaReaction.with_removed.filter(sender_id__in=person.addresses)
    return rows.delete()[0] if really else rows.count()


def _memberships(person: Person, by: "User | None", really: bool) -> int:
    forms = person.addresses
    rows = WahaGroupMember.objects.filter(Q(address__in=forms) | Q(phone__in=forms))
    return rows.delete()[0] if really else rows.count()


def _calls(person: Person, by: "User | None", really: bool) -> int:
    rows = WahaCall.objects.filter(
        Q(from_id__in=person.addresses) | Q(to_id__in=person.addresses)
        | Q(chat_id__in=person.chat_ids)
    )  # fmt: skip
    return rows.delete()[0] if really else rows.count()


def _journal(person: Person, by: "User | None", really: bool) -> int:
    """Raw webhooks that name one of their addresses, applied or not; read from end to end."""
    needles = [address.encode() for address in person.addresses]
    needles += [digits.encode() for digits in person.digits]
    found, low = 0, 0
    while rows := list(
        WahaEvent.objects.filter(pk__gt=low).order_by("pk").values_list("pk", "body")[:CHUNK]
    ):
        low = rows[-1][0]
        pks = [pk for pk, body in rows if any(needle in bytes(body) for needle in needles)]
        found += len(pks)
        if really and pks:
            WahaEvent.objects.filter(pk__in=pks).delete()
    return found


def _chats(person: Person, by: "User | None", really: bool) -> int:
    if really:
        with transaction.atomic():
            WahaOutbox.objects.filter(chat__in=person.chats).delete()
            planned = WahaScheduled.objects.filter(chat__in=person.chats)
            for row in planned:
                scheduled.drop_files(row, by=by)
            planned.delete()
            WahaHold.objects.filter(chat__in=person.chats).delete()  # released ones
            WahaChat.objects.filter(pk__in=person.chat_ids).delete()
    return len(person.chats)


def _written_down(person: Person, by: "User | None", really: bool) -> int:
    """Notes and files on the contact, on who was merged into it, and on them as instructor."""
    if person.contact is None:
        return 0
    found = 0
    for record in erasing.around(person.contact):
        found += erasing.erase(record, by=by) if really else erasing.count(record)
    return found


def _contact(person: Person, by: "User | None", really: bool) -> int:
    """The row stays, nameless, for what points at it; every address goes."""
    if person.contact is None:
        return 0
    if really:
        with transaction.atomic():
            person.contact.identities.all().delete()
            Contact.objects.filter(Q(pk=person.contact.pk) | Q(merged_into=person.contact)).update(
                name="", picture=None, archived_at=timezone.now()
            )
    return 1
