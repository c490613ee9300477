"""One function a kind of row, with defaults that are valid and different each time.

Tests and seeds both build on these. Messages are written by `mercury.ops.seeding.messages`,
which keeps their keys and their chat's list row in step.
"""

from datetime import timedelta
from itertools import count
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from accounts.models import Guard, Role, User
from accounts.roles import seed_roles
from crm.models import (
    Company,
    Contact,
    ContactIdentity,
    IdentityKind,
    Instructor,
    Note,
    Record,
)
from waha import sessions, sharing
from waha.models import (
    CallType,
    ChatKind,
    ChatRead,
    Level,
    SessionStatus,
    WahaCall,
    WahaChat,
    WahaChatAddress,
    WahaServer,
    WahaSession,
)

_numbers = count(1)
# Phones of this range belong to nobody: Ofcom keeps it for fiction.
FIRST_PHONE = 447_700_901_000  # above those that tests and the simulator name
STATUS_WORDS = {
    SessionStatus.WORKING: "WORKING",
    SessionStatus.SCAN_QR: "SCAN_QR_CODE",
    SessionStatus.CONNECTING: "STARTING",
    SessionStatus.FAILED: "FAILED",
    SessionStatus.STOPPED: "STOPPED",
}


def next_number() -> int:
    """A number not used before in this process."""
    return next(_numbers)


def make_user(*, role: str = "", **fields: Any) -> User:
    """A user who can sign in when `password` is given; `role` is the name of a seeded one."""
    number = next_number()
    password = fields.pop("password", None)
    email = fields.pop("email", f"person{number}@example.com")
    user = User.objects.create_user(email, password, **{"name": f"Person {number}", **fields})
    if role:
        user.groups.add(make_role(role).group)
    return user


def make_role(name: str) -> Role:
    """A role of the browser's guard: a seeded one, or a new one without permissions."""
    found = Role.objects.filter(name=name, guard_name=Guard.WEB).first()
    if found is None:
        seed_roles()
        found = Role.objects.filter(name=name, guard_name=Guard.WEB).first()
    if found is None:
        found = Role(name=name, guard_name=Guard.WEB)
        found.save()
    return found


def make_server(**fields: Any) -> WahaServer:
    """A WAHA server without an API key."""
    number = next_number()
    defaults = {"name": f"waha-{number}", "url": f"http://127.0.0.1:{20000 + number}"}
    return WahaServer.objects.create(**{**defaults, **fields})


def make_session(
    *,
    owner: User | None = None,
    server: WahaServer | None = None,
    status: SessionStatus = SessionStatus.WORKING,
    **fields: Any,
) -> WahaSession:
    """A number that works, owned by `owner`; its webhook key is `hmac-<name>` unless given."""
    number = next_number()
    name = fields.pop("name", f"number-{number}")
    phone = fields.pop("phone", f"+{FIRST_PHONE + number}")
    return sessions.create_session(
        name=name,
        owner=owner or make_user(),
        server=server or make_server(),
        by=None,
        title=fields.pop("title", f"Number {number}"),
        hmac_key=fields.pop("hmac_key", f"hmac-{name}"),
        status=status,
        waha_status=STATUS_WORDS[status],
        phone=phone,
        me_id=fields.pop("me_id", f"{phone.lstrip('+')}@c.us" if phone else ""),
        **fields,
    )


def share(session: WahaSession, user: User, level: Level = Level.VIEW) -> None:
    """Let `user` see a number, or more."""
    sharing.share(session=session, user=user, level=level, by=None)


def make_company(**fields: Any) -> Company:
    """A company."""
    return Company.objects.create(**{"name": f"Company {next_number()}", **fields})


def make_contact(*, phone: str = "", lid: str = "", **fields: Any) -> Contact:
    """A person; `phone` is E.164, `lid` a full WhatsApp address."""
    contact = Contact.objects.create(**{"name": f"Contact {next_number()}", **fields})
    identities = [(IdentityKind.PHONE, phone), (IdentityKind.LID, lid)]
    if phone:
        identities.append((IdentityKind.WA, f"{phone.lstrip('+')}@c.us"))
    for kind, value in identities:
        if value:
            ContactIdentity.objects.create(contact=contact, kind=kind, value=value)
    return contact


def make_instructor(**fields: Any) -> Instructor:
    """Somebody who teaches."""
    return Instructor.objects.create(**{"name": f"Instructor {next_number()}", **fields})


def make_note(record: Record, text: str, by: User | None = None) -> Note:
    """A note on a company, contact or instructor."""
    return Note.objects.create(
        model_type=ContentType.objects.get_for_model(record),
        model_id=record.pk,
        text=text,
        created_by=by,
    )


def make_chat(*, session: WahaSession | None = None, lid: str = "", **fields: Any) -> WahaChat:
    """A chat without messages, with its addresses; a group when its chat_id ends so."""
    number = next_number()
    session = session or make_session()
    chat_id = fields.pop("chat_id", f"{FIRST_PHONE + number}@c.us")
    kind = ChatKind.GROUP if chat_id.endswith("@g.us") else ChatKind.DIRECT
    defaults = {"name": f"Customer {number}", "kind": kind}
    chat = WahaChat.objects.create(session=session, chat_id=chat_id, **{**defaults, **fields})
    for address in filter(None, (chat_id, lid)):
        WahaChatAddress.objects.create(session=session, address=address, chat=chat)
    return chat


def make_call(*, chat: WahaChat | None = None, **fields: Any) -> WahaCall:
    """A voice call that was not answered, an hour ago."""
    chat = chat or make_chat()
    defaults = {
        "call_id": f"CALL{next_number():08d}",
        "from_id": chat.chat_id,
        "to_id": chat.session.me_id,
        "type": CallType.RECEIVED,
        "started_at": timezone.now() - timedelta(hours=1),
    }
    return WahaCall.objects.create(session=chat.session, chat=chat, **{**defaults, **fields})


def make_read(chat: WahaChat, user: User, read_seq: int | None = None) -> ChatRead:
    """`user` has read a chat, to its end unless said; raises the chat's floor with it."""
    seq = chat.in_seq if read_seq is None else read_seq
    read, _new = ChatRead.objects.update_or_create(chat=chat, user=user, defaults={"read_seq": seq})
    if seq > chat.read_floor:
        chat.read_floor = seq
        chat.save(update_fields=["read_floor", "updated_at"])
    ChatRead.objects.mark_behind(chat.pk, chat.read_floor)
    return read
