"""The small seed: ten users, three numbers of five chats of twenty messages."""

import random
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from mercury.ops.seeding import factories, office_server
from mercury.ops.seeding.messages import Draft, write_messages
from mercury.ops.seeding.office.talk import ENGLISH
from waha import servers
from waha.models import Level, MessageStatus, WahaChat, WahaSession

SEED = 20_262
ROLES = ("Owner", "Admin", *["Manager"] * 2, *["Agent"] * 4, *["Viewer"] * 2)
LEVELS = {
    "Owner": Level.MANAGE,
    "Admin": Level.MANAGE,
    "Manager": Level.MANAGE,
    "Agent": Level.REPLY,
    "Viewer": Level.VIEW,
}
NUMBERS = (("first", "First number"), ("second", "Second number"), ("third", "Third number"))
CHATS = 5
MESSAGES = 20
Report = Callable[[str], None]


def build(*, password: str | None, report: Report) -> None:
    """Make what is missing of the small seed; a second run adds nothing."""
    users = [_user(number, role, password) for number, role in enumerate(ROLES, start=1)]
    report(f"{len(users)} users with a role each")
    server = servers.first_server()
    for index, (name, title) in enumerate(NUMBERS):
        session = WahaSession.objects.filter(name=name).first()
        if session is None:
            session = factories.make_session(
                name=name,
                title=title,
                owner=users[index],
                server=server,
                phone=f"+4477009008{index:02}",
                hmac_key=office_server.webhook_key(),
            )
        _share(session, users)
        made = sum(_chat(session, chat, index) for chat in range(CHATS))
        report(f"{title}: {CHATS} chats, {made} new messages")


def share_with_all(sessions: Iterable[WahaSession]) -> None:
    """Share numbers with the ten users, each at the level of their role."""
    emails = [f"user{number}@example.com" for number in range(1, len(ROLES) + 1)]
    users = [User.objects.get_by_natural_key(email) for email in emails]
    for session in sessions:
        _share(session, users)


def _share(session: WahaSession, users: list[User]) -> None:
    for user, role in zip(users, ROLES, strict=True):
        if user != session.user and session.level_of(user) is None:
            factories.share(session, user, LEVELS[role])


@transaction.atomic
def _user(number: int, role: str, password: str | None) -> User:
    email = f"user{number}@example.com"
    user = User.objects.get_queryset().by_email(email).first()
    if user is None:
        user = factories.make_user(
            role=role,
            name=f"{role} {number}",
            email=email,
            password=password,
            is_staff=role in {"Owner", "Admin", "Manager"},
        )
    elif password:
        user.set_password(password)
        user.save(update_fields=["password", "updated_at"])
    return user


@transaction.atomic
def _chat(session: WahaSession, number: int, index: int) -> int:
    chat_id = f"4477009007{index}{number}@c.us"
    if WahaChat.objects.filter(session=session, chat_id=chat_id).exists():
        return 0
    rng = random.Random(SEED + 10 * index + number)  # noqa: S311  # guards nothing
    contact = factories.make_contact(
        name=f"Customer {index + 1}.{number + 1}", phone=f"+{chat_id[:-5]}"
    )
    chat = factories.make_chat(session=session, chat_id=chat_id, name=contact.name, contact=contact)
    turns = [turn for each in rng.sample(ENGLISH, len(ENGLISH)) for turn in each][:MESSAGES]
    start = timezone.now() - timedelta(hours=40 + number)
    drafts = [
        Draft(
            text,
            from_me=side == ">",
            at=start + timedelta(hours=2 * position),
            status=MessageStatus.READ if side == ">" else None,
        )
        for position, (side, text) in enumerate(turns)
    ]
    return len(write_messages(chat, drafts))
