"""Asks WAHA which phone is behind a LID: of chats and members of groups, and in bulk.

What it answers goes into the journal like any news, and is applied under the drain's lease: the
threads of one person are joined there. Nothing is ever read out of a LID's digits, and a LID
that WAHA does not know is asked for again, ever more seldom.
"""

import json
import secrets
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from mercury.celery import hint
from mercury.db.models import TimestampedQuerySet
from waha import questions
from waha.gateway.client import Refused, WahaClient
from waha.gateway.payloads import PAIRED, is_lid, normalise, phone_digits
from waha.gateway.payloads.ids import alternative
from waha.inbound import journal
from waha.inbound.again import Again, hold
from waha.inbound.apply.chats import phone_addresses
from waha.models import (
    ChatKind,
    LookupKind,
    WahaCall,
    WahaChat,
    WahaChatAddress,
    WahaGroupMember,
    WahaLookup,
    WahaSession,
)

KINDS = {LookupKind.LID, LookupKind.MEMBERS}
"""Questions that are put again when the answer was that nobody knows."""

# After the first, second ... answer that nobody knows; then always the last.
UNKNOWN = (
    timedelta(hours=1), timedelta(days=1), timedelta(days=2), timedelta(days=4),
    timedelta(days=8), timedelta(days=16), timedelta(days=30),
)  # fmt: skip
LEARNT = timedelta(hours=1)
"""When it is looked again whether what was answered has been applied."""

PAGE = 100
PAGES_A_TURN = 20
MOST_PAIRS = 200_000
BACKLOG = 200
"""So many events that wait to be applied, and no more pairs are fetched: a join takes a while."""

SOON = timedelta(seconds=5)
MEMBERS_A_TURN = 10
PAUSE = 0.2
"""Seconds between two questions on members."""

NEXT_MEMBERS = timedelta(minutes=1)
MOST_NEW = 500


def learn(session: WahaSession, pairs: Iterable[tuple[str, str | None]]) -> int:
    """Put those pairs of a LID and a phone into the journal that say something new of anybody
    we have to do with; returns how many. Some three queries."""
    told: dict[str, str] = {}
    for one, other in pairs:
        lid = normalise(one)
        phone = alternative(lid, other) if is_lid(lid) else ""
        # Our own number is no customer's: a WAHA that errs must not join everybody with it.
        if phone_digits(phone) and phone != session.me_id:
            told[lid] = phone
    news = _news(session.pk, told) if told else []
    rows = [_row(session, lid, told[lid]) for lid in news]
    if rows:
        journal.add_many(session.pk, PAIRED, rows)
        hint("drain")
    return len(rows)


def ask_chat(client: WahaClient, row: WahaLookup, asked_at: datetime) -> Again | None:
    """Ask for the phone of a chat that is under a LID."""
    chat = WahaChat.objects.filter(pk=row.ref).first()
    if chat is None or not is_lid(chat.chat_id):
        return None  # known meanwhile
    phone = client.lid_to_phone(row.session.waha_name, chat.chat_id)
    if learn(row.session, [(chat.chat_id, phone)]):
        return Again(LEARNT, vain=row.vain)
    return unknown(row)


def ask_members(client: WahaClient, row: WahaLookup, asked_at: datetime) -> Again | None:
    """Ask for the phones of a group's next members without one; a turn takes a few of them."""
    lacking = _lacking().filter(chat_id=row.ref, pk__gt=row.place).order_by("pk")
    members = list(lacking.values_list("pk", "address")[:MEMBERS_A_TURN])
    for number, (_pk, address) in enumerate(members):
        if number:
            time.sleep(PAUSE)
        phone = client.lid_to_phone(row.session.waha_name, address)
        learn(row.session, [(address, phone)])
    if len(members) == MEMBERS_A_TURN:
        return Again(NEXT_MEMBERS, place=members[-1][0], vain=row.vain)
    return unknown(row) if row.place or members else None


def ask_all(client: WahaClient, row: WahaLookup, asked_at: datetime) -> Again | None:
    """Read on in all pairs that WAHA has, a page at a time; `place` is how far it got."""
    place, before = row.place, None
    for _page in range(PAGES_A_TURN):
        if journal.backlog(row.session_id) > BACKLOG:
            return Again(SOON, place=place)
        page = client.lids(row.session.waha_name, limit=PAGE, offset=place)
        # Past the end; an engine that knows no pages gives the same again, or all at once.
        ends = not page or page == before or place >= MOST_PAIRS
        for start in range(0, 0 if ends else len(page), PAGE):
            learn(row.session, [(pair.lid or "", pair.pn) for pair in page[start : start + PAGE]])
        if ends or len(page) > PAGE:
            _want_rest(row.session_id)
            return None
        place, before = place + PAGE, page
        if not hold(row, place):
            return None  # another worker has it
    return Again(SOON, place=place)


def unknown(row: WahaLookup, refusal: Refused | None = None) -> Again:
    """When to ask again what nobody knows; seldom, where the engine cannot tell at all."""
    last = len(UNKNOWN) - 1
    step = last if refusal and refusal.code == "unsupported" else min(row.vain, last)
    return Again(UNKNOWN[step], vain=min(step + 1, last))


def _news(session_id: int, told: dict[str, str]) -> list[str]:
    """The LIDs of pairs not known as one, of people who have a chat, are in a group or called."""
    forms = {phone: phone_addresses(phone) for phone in told.values()}
    addresses = {*told, *(form for each in forms.values() for form in each)}
    rows = WahaChatAddress.objects.filter(session_id=session_id, address__in=addresses)
    chats = dict(rows.values_list("address", "chat_id"))
    phones = set(told.values())
    nameless = WahaGroupMember.objects.filter(chat__session_id=session_id).filter(
        Q(address__in=set(told), phone="") | Q(address__in=phones)
    )
    callers = WahaCall.objects.filter(session_id=session_id, chat=None, from_id__in=set(told))
    people = {
        *nameless.values_list("address", flat=True), *callers.values_list("from_id", flat=True),
    }  # fmt: skip
    return [
        lid
        for lid, phone in told.items()
        if {lid, phone} & people
        or (
            any(form in chats for form in (lid, *forms[phone]))
            and (lid not in chats or chats[lid] != chats.get(phone))
        )
    ]


def _row(session: WahaSession, lid: str, phone: str) -> tuple[str, bytes]:
    identity = f"own_{secrets.token_hex(12)}"
    body = {
        "id": identity,
        "timestamp": int(timezone.now().timestamp() * 1000),
        "event": PAIRED,
        "session": session.waha_name,
        "payload": {"lid": lid, "pn": phone},
    }
    return identity, json.dumps(body).encode()


def _want_rest(session_id: int) -> None:
    """Have asked one by one what all the pairs did not tell: chats and groups never asked for."""
    asked = WahaLookup.objects.filter(session_id=session_id, ref=OuterRef("pk"))
    chats = WahaChat.objects.filter(session_id=session_id)
    nameless = chats.filter(
        ~Exists(asked.filter(kind=LookupKind.LID)), kind=ChatKind.DIRECT, chat_id__endswith="@lid"
    )
    questions.want_each(session_id, LookupKind.LID, _some(nameless))
    groups = chats.filter(
        Exists(_lacking().filter(chat_id=OuterRef("pk"))),
        ~Exists(asked.filter(kind=LookupKind.MEMBERS, due_at__isnull=False)),
        kind=ChatKind.GROUP,
    )
    for pk in _some(groups):
        questions.want(session_id, LookupKind.MEMBERS, pk)


def _some(chats: TimestampedQuerySet[WahaChat]) -> list[int]:
    return list(chats.order_by("pk").values_list("pk", flat=True)[:MOST_NEW])


def _lacking() -> TimestampedQuerySet[WahaGroupMember]:
    """Members whose phone nobody has told."""
    return WahaGroupMember.objects.filter(is_in=True, phone="", address__endswith="@lid")
