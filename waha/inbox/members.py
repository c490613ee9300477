"""Who is in a group, as its panel lists them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, IntegerField, Value, When
from django.utils import timezone

from accounts.models import User
from crm.models import Contact, ContactIdentity, IdentityKind
from mercury.ui import faces
from waha import questions
from waha.gateway.payloads import phone_digits
from waha.inbox import names
from waha.models import (
    LookupKind,
    MemberRole,
    WahaChat,
    WahaChatAddress,
    WahaGroup,
    WahaGroupMember,
    WahaLookup,
    WahaMessage,
)

PAGE = 50
SPOKE = 300
"""So many of the newest messages are looked through for the names their writers go by."""


@dataclass(frozen=True, slots=True)
class Member:
    """One line of the list; `phone` is "" while WhatsApp has told none."""

    name: str
    phone: str
    hue: int
    role: str
    role_label: str
    is_me: bool


@dataclass(frozen=True, slots=True)
class Members:
    """A page of a group's members; `next` is where the following begins, 0 at the end.

    `is_refused`: WAHA was asked who they are and would not tell.
    """

    rows: list[Member]
    total: int
    next: int
    is_known: bool
    has_left: bool
    told_at: datetime | None
    is_refused: bool = False


def read(user: User, chat: WahaChat, start: int = 0) -> Members:
    """A page of members, who made the group and its admins first; at most 7 queries."""
    group = WahaGroup.objects.filter(chat=chat).first()
    here = WahaGroupMember.objects.filter(chat=chat, is_in=True)
    rank = Case(
        When(role=MemberRole.OWNER, then=Value(0)),
        When(role=MemberRole.ADMIN, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    total = here.count()
    rows = list(here.order_by(rank, "pk")[start : start + PAGE])
    return Members(
        rows=_named(user, chat, rows),
        total=total,
        next=start + PAGE if start + PAGE < total else 0,
        is_known=group is not None and group.members_at is not None,
        has_left=group is not None and group.left_at is not None,
        told_at=group.members_at if group else None,
        is_refused=(group is None or group.members_at is None) and _is_refused(chat),
    )


@transaction.atomic
def ask(chat: WahaChat) -> None:
    """Have WAHA asked who is in a group, once a minute however often that is wanted."""
    recent = timezone.now() - timedelta(minutes=1)
    asked = WahaLookup.objects.filter(
        session_id=chat.session_id, kind=LookupKind.GROUP, ref=chat.pk, updated_at__gte=recent
    )
    if not asked.exists():
        questions.want(chat.session_id, LookupKind.GROUP, chat.pk)


def _is_refused(chat: WahaChat) -> bool:
    asked = WahaLookup.objects.filter(
        session_id=chat.session_id, kind=LookupKind.GROUP, ref=chat.pk, due_at__isnull=True
    )
    return asked.exclude(last_error="").exists()


def _named(user: User, chat: WahaChat, rows: list[WahaGroupMember]) -> list[Member]:
    forms = {form for row in rows for form in (row.address, row.phone) if form}
    contacts = _contact_names(user, forms)
    known = _chat_names(chat, forms) | _spoken_names(chat, forms)
    me = chat.session.me_id
    found = []
    for row in rows:
        both = [form for form in (row.address, row.phone) if form]
        name = next((contacts[form] for form in both if contacts.get(form)), "") or next(
            (known[form] for form in both if known.get(form)), ""
        )
        is_me = bool(me) and me in both
        phone = names.phone_of(row.phone)
        shown = names.person(row.phone or row.address, str(chat.session) if is_me else name)
        found.append(
            Member(
                name=shown,
                phone=phone if phone != shown else "",
                hue=faces.hue(row.address),
                role=row.role,
                role_label=str(MemberRole(row.role).label),
                is_me=is_me,
            )
        )
    return found


def _contact_names(user: User, forms: set[str]) -> dict[str, str]:
    """What our own records call them, as far as one may see those."""
    values = {f"+{phone_digits(form)}": form for form in forms if phone_digits(form)}
    rows = ContactIdentity.objects.filter(
        value__in=[*values, *forms],
        kind__in=(IdentityKind.PHONE, IdentityKind.WA, IdentityKind.LID),
        contact__in=Contact.objects.visible_to(user),
    )
    found = rows.values_list("value", "contact__name")
    return {values.get(str(value), str(value)): name for value, name in found if name}


def _chat_names(chat: WahaChat, forms: set[str]) -> dict[str, str]:
    """What they are called in their own chats with this number."""
    rows = WahaChatAddress.objects.filter(session_id=chat.session_id, address__in=forms)
    return dict(rows.exclude(chat__name="").values_list("address", "chat__name"))


def _spoken_names(chat: WahaChat, forms: set[str]) -> dict[str, str]:
    """What they called themselves when they last wrote in this group."""
    if chat.last_message_at is None:
        return {}
    rows = WahaMessage.objects.filter(
        chat_id=chat.pk, created_at__gte=chat.last_message_at - timedelta(days=90)
    )
    newest = rows.order_by("-created_at", "-pk").values_list("sender_id", "sender_name")[:SPOKE]
    found: dict[str, str] = {}
    for sender, name in newest:
        if sender in forms and name:
            found.setdefault(sender, name)
    return found
