"""Puts the demo's office into the database; a second run finds it there and adds nothing."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from crm.models import Company, Contact
from mercury.ops.seeding import factories, office_server
from mercury.ops.seeding.messages import write_messages
from mercury.ops.seeding.office import files, people, records, talk, threads
from mercury.ops.seeding.office.scenes import EVERY_KIND, SCENES, Scene
from waha import servers, sharing
from waha.models import (
    CallType,
    ChatRead,
    Level,
    MessageStatus,
    OutboxState,
    SessionStatus,
    WahaCall,
    WahaChat,
    WahaMessage,
    WahaOutbox,
    WahaSession,
)

SEED = 20_261
OUTBOX_STATES = {
    MessageStatus.FAILED: OutboxState.FAILED,
    MessageStatus.UNKNOWN: OutboxState.UNKNOWN,
    MessageStatus.PENDING: OutboxState.QUEUED,
}
Report = Callable[[str], None]


@dataclass(slots=True)
class Office:
    """What has been made so far, by the names that scenes use."""

    now: datetime
    rng: random.Random
    staff: dict[str, User] = field(default_factory=dict)
    numbers: dict[str, WahaSession] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)

    def writers(self, number: str) -> list[User]:
        """Staff who may reply on a number."""
        session = self.numbers[number]
        return [
            user
            for user in self.staff.values()
            if (session.level_of(user) or Level.VIEW) >= Level.REPLY
        ]


def build(*, password: str | None, report: Report) -> Office:
    """Make staff, numbers, customers, chats and calls; says on `report` how far it is."""
    office = Office(now=timezone.now(), rng=random.Random(SEED))  # noqa: S311  # not a secret
    _hire(office, password)
    report(f"{len(office.staff)} people")
    _connect_numbers(office)
    report(f"{len(office.numbers)} numbers")
    _meet_customers(office)
    report(f"{len(office.contacts)} customers")
    made = [_chat_with(office, customer, index) for index, customer in enumerate(people.CUSTOMERS)]
    made += [_group(office, group, index) for index, group in enumerate(people.GROUPS)]
    report(f"{sum(made)} messages in {len(made)} chats")
    report(f"{_calls(office)} calls")
    filed = records.file_records(office.rng, office.staff, office.contacts)
    report(f"{filed} notes and files")
    return office


def write_people_file(path: Path) -> None:
    """Tell the simulator who the customers are, so that the ones we know write to us."""
    path.parent.mkdir(parents=True, exist_ok=True)
    persons = [
        {
            "name": each.name,
            "phone": each.phone,
            "lid": each.lid,
            "usesLid": each.uses_lid,
            "sessions": [each.number],
            "lines": talk.customer_lines(each.language),
            "replies": talk.customer_replies(each.language),
        }
        for each in people.CUSTOMERS
    ]
    phones = {each.name: each.phone for each in people.CUSTOMERS}
    groups = [
        {"id": each.chat_id, "subject": each.subject, "members": [phones[m] for m in each.members]}
        for each in people.GROUPS
    ]
    labels = {
        number: {label: [f"{phones[name]}@c.us" for name in named] for label, named in of.items()}
        for number, of in people.LABELS.items()
    }
    content = {"people": persons, "groups": groups, "labels": labels}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


@transaction.atomic
def _hire(office: Office, password: str | None) -> None:
    for each in people.STAFF:
        user = User.objects.get_queryset().by_email(each.email).first()
        if user is None:
            user = factories.make_user(
                role=each.role,
                name=each.name,
                email=each.email,
                password=password,
                is_staff=each.role in {"Owner", "Admin", "Manager"},
                email_verified_at=office.now,
            )
        elif password:
            user.set_password(password)
            user.save(update_fields=["password", "updated_at"])
        office.staff[each.name.split()[0]] = user


@transaction.atomic
def _connect_numbers(office: Office) -> None:
    server = servers.first_server()
    office_server.point_at_environment(server, {each.name for each in people.NUMBERS})
    for each in people.NUMBERS:
        session = WahaSession.objects.filter(name=each.name).first()
        if session is None:
            session = factories.make_session(
                name=each.name,
                title=each.title,
                owner=office.staff[each.owner],
                server=server,
                status=each.status,
                phone=f"+{each.phone}" if each.phone else "",
                hmac_key=office_server.webhook_key(),
                status_changed_at=office.now - timedelta(days=3),
            )
            for name, level in each.shares:
                factories.share(session, office.staff[name], level)
            if each.role:
                role = factories.make_role(each.role)
                sharing.share(session=session, role=role, level=Level.REPLY, by=None)
        office.numbers[each.name] = session


@transaction.atomic
def _meet_customers(office: Office) -> None:
    companies: dict[str, Company] = {each.name: each for each in Company.objects.all()}
    known = {each.name: each for each in Contact.objects.all()}
    for each in people.CUSTOMERS:
        if each.company and each.company not in companies:
            companies[each.company] = factories.make_company(name=each.company)
        office.contacts[each.name] = known.get(each.name) or factories.make_contact(
            name=each.name,
            phone=f"+{each.phone}",
            lid=each.lid,
            company=companies.get(each.company),
        )


@transaction.atomic
def _chat_with(office: Office, customer: people.Customer, index: int) -> int:
    """The chat with one customer; returns how many messages it got."""
    session = office.numbers[customer.number]
    if WahaChat.objects.filter(session=session, chat_id=customer.chat_id).exists():
        return 0
    chat = factories.make_chat(
        session=session,
        chat_id=customer.chat_id,
        lid=customer.lid,
        name=customer.name,
        contact=office.contacts[customer.name],
    )
    return _fill(office, chat, [customer], customer.number, customer.language, index)


@transaction.atomic
def _group(office: Office, group: people.Group, index: int) -> int:
    session = office.numbers[group.number]
    if WahaChat.objects.filter(session=session, chat_id=group.chat_id).exists():
        return 0
    chat = factories.make_chat(session=session, chat_id=group.chat_id, name=group.subject)
    members = [each for each in people.CUSTOMERS if each.name in group.members]
    return _fill(office, chat, members, group.number, group.language, 3 * index)


def _fill(
    office: Office,
    chat: WahaChat,
    members: list[people.Customer],
    number: str,
    language: str,
    index: int,
) -> int:
    """Months of small talk, then the chat's scene if it has one; the files; who has read it."""
    rng, now = office.rng, office.now
    scene = next((each for each in SCENES if each.who == chat.name), None)
    last_days = 1.3 if scene else 0.4 + index * 0.45
    talks = threads.history(
        rng,
        language=language,
        since=now - timedelta(days=last_days + rng.randint(60, 240)),
        until=now - timedelta(days=last_days),
        exchanges=rng.randint(4, 14),
    )
    drafts = threads.from_history(rng, talks, members, office.writers(number))
    if scene:
        cast = {each.name: each for each in members}
        drafts += threads.from_scene(scene, now=now, chat=chat, people=cast, staff=office.staff)
    rows = write_messages(chat, drafts)
    files.store_scene_files(rng, scene, rows, chat)
    _queue(rows)
    _read(office, chat, rows, scene, index)
    return len(rows)


def _queue(rows: list[WahaMessage]) -> None:
    """Outbox rows of what is not sent: the pages offer to retry or discard those."""
    for row in rows:
        state = OUTBOX_STATES.get(MessageStatus(row.status))
        if state is not None:
            WahaOutbox.objects.create(
                session_id=row.session_id,
                chat_id=row.chat_id,
                message=row,
                message_created_at=row.created_at,
                client_token=f"seed-{row.pk}",
                state=state,
                attempts=0 if state == OutboxState.QUEUED else 1,
                last_error=row.error,
            )


def _read(
    office: Office, chat: WahaChat, rows: list[WahaMessage], scene: Scene | None, index: int
) -> None:
    """Everybody who works the number has read the chat, up to its unread messages."""
    trailing = 0
    for row in reversed(rows):
        if row.from_me:
            break
        trailing += 1
    unread = scene.unread if scene else trailing if index % 7 == 3 else 0
    chat.read_floor = max(chat.in_seq - unread, 0)
    chat.pinned = bool(scene and scene.pinned)
    chat.save(update_fields=["read_floor", "pinned", "updated_at"])
    ChatRead.objects.bulk_create(
        [
            ChatRead(chat=chat, user=user, read_seq=chat.read_floor)
            for user in office.staff.values()
            if chat.session.level_of(user)
        ]
    )


@transaction.atomic
def _calls(office: Office) -> int:
    """A few calls a week; some missed."""
    working = [
        each
        for each in office.numbers.values()
        if each.status in {SessionStatus.WORKING, SessionStatus.FAILED}
    ]
    if WahaCall.objects.filter(session__in=working).exists():
        return 0
    chats = list(
        WahaChat.objects.filter(session__in=working, chat_id__endswith="@c.us").order_by("pk")
    )
    types = [CallType.RECEIVED, CallType.ACCEPTED, CallType.REJECTED]
    for number in range(18):
        started = office.now - timedelta(hours=3 + 17 * number, minutes=office.rng.randrange(60))
        kind = types[number % 3]
        seconds = office.rng.randint(20, 900) if kind == CallType.ACCEPTED else 25
        factories.make_call(
            chat=chats[(number * 7) % len(chats)],
            call_id=f"SEEDCALL{number:04d}",
            type=kind,
            is_video=number % 5 == 4,
            started_at=started,
            ended_at=started + timedelta(seconds=seconds),
        )
    return 18 + _calls_of_every_kind()


def _calls_of_every_kind() -> int:
    """In the chat that shows every kind of message: one answered, one missed."""
    chat = WahaChat.objects.filter(name=EVERY_KIND, last_message_at__isnull=False).first()
    if chat is None or chat.last_message_at is None or chat.first_message_at is None:
        return 0
    before = chat.first_message_at - timedelta(hours=2)
    factories.make_call(
        chat=chat,
        call_id="SEEDCALLKIND0",
        type=CallType.ACCEPTED,
        started_at=before,
        ended_at=before + timedelta(minutes=4, seconds=12),
    )
    factories.make_call(
        chat=chat,
        call_id="SEEDCALLKIND1",
        is_video=True,
        started_at=chat.last_message_at - timedelta(seconds=30),
    )
    return 2
