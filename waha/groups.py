"""Who is in a group, from events and from what WAHA is asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from waha.gateway.payloads import is_lid, is_phone
from waha.models import MemberRole, WahaGroup, WahaGroupMember

MOST_MEMBERS = 2048
"""WhatsApp's own limit is 1024; communities announce more."""

ROLES = {"admin": MemberRole.ADMIN, "superadmin": MemberRole.OWNER}


@dataclass(frozen=True, slots=True)
class Seen:
    """A member as told: one or both forms of their address, and their role."""

    address: str
    alt: str
    role: str

    @property
    def lid(self) -> str:
        """The form that stays: the LID where one is told."""
        return self.alt if is_lid(self.alt) else self.address

    @property
    def phone(self) -> str:
        """The phone's address, "" where none is told: a LID says none."""
        return next((form for form in (self.address, self.alt) if is_phone(form)), "")


def role_of(text: str) -> MemberRole:
    """The role in WAHA's word for it; an unknown one is a plain member's."""
    return ROLES.get(text, MemberRole.MEMBER)


def known(chat_pk: int) -> WahaGroup:
    """The row of a group."""
    group, _made = WahaGroup.objects.get_or_create(chat_id=chat_pk)
    return group


def tell_some(chat_pk: int, members: Iterable[Seen], *, is_in: bool, at: datetime) -> None:
    """Take news of single members; older than what is known of them, or of all, changes nothing."""
    group = known(chat_pk)
    if group.members_at is not None and at < group.members_at:
        return
    rows = _rows(chat_pk)
    for seen in members:
        _tell(chat_pk, rows, seen, is_in, at)


def tell_all(chat_pk: int, members: Iterable[Seen], *, at: datetime) -> None:
    """Take the whole list of `at`: who is not on it has left, unless newer news says otherwise."""
    group = known(chat_pk)
    if group.members_at is not None and at <= group.members_at:
        return
    group.members_at = at
    group.save(update_fields=["members_at", "updated_at"])
    rows, here = _rows(chat_pk), set()
    for seen in list(members)[:MOST_MEMBERS]:
        here.add(_tell(chat_pk, rows, seen, is_in=True, at=at).pk)
    gone = WahaGroupMember.objects.filter(chat_id=chat_pk, is_in=True, heard_at__lt=at)
    gone.exclude(pk__in=here).update(is_in=False, heard_at=at)


def tell_pair(session_id: int, lid: str, phone: str) -> None:
    """Take WAHA's word that both addresses are one person's, in every group of a number."""
    rows: dict[int, dict[str, WahaGroupMember]] = {}
    known = WahaGroupMember.objects.filter(address__in=(lid, phone), chat__session_id=session_id)
    for row in known:
        rows.setdefault(row.chat_id, {})[row.address] = row
    for pair in rows.values():
        one = _as_one(pair.get(lid), pair.get(phone))
        if one and (one.address, one.phone) != (lid, phone):
            one.address, one.phone = lid, phone
            one.save(update_fields=["address", "phone", "updated_at"])


def move(chat_pk: int, *, left: bool, at: datetime) -> bool:
    """Note that our number joined or left; returns whether that is news."""
    group = known(chat_pk)
    if group.moved_at is not None and (group.moved_at, group.left_at is not None) >= (at, left):
        return False
    group.moved_at, group.left_at = at, at if left else None
    group.save(update_fields=["moved_at", "left_at", "updated_at"])
    return True


def rule(chat_pk: int, *, only_admins: bool, at: datetime) -> None:
    """Note who may write; the newest word stands."""
    group = known(chat_pk)
    if group.only_admins_at is not None and group.only_admins_at >= at:
        return
    group.only_admins, group.only_admins_at = only_admins, at
    group.save(update_fields=["only_admins", "only_admins_at", "updated_at"])


def note_own(chat_pk: int, mine: Iterable[str]) -> None:
    """Keep what our number, under any of its addresses, is in a group: out of it, or its role."""
    forms = [form for form in mine if form]
    own = WahaGroupMember.objects.filter(chat_id=chat_pk)
    row = own.filter(Q(address__in=forms) | Q(phone__in=forms)).order_by("-heard_at").first()
    if row is None:
        return
    move(chat_pk, left=not row.is_in, at=row.heard_at)
    role = row.role if row.is_in else ""
    WahaGroup.objects.filter(chat_id=chat_pk).exclude(own_role=role).update(own_role=role)


def closed_reason(group: WahaGroup | None) -> str:
    """Why our number cannot write in a group, as a sentence; "" when it can or nobody knows."""
    if group is None:
        return ""
    if group.left_at is not None:
        return _("This number is no longer in this group. It can write here once it is back in it.")
    if group.only_admins and group.own_role == MemberRole.MEMBER:
        return _("Only admins of this group may write here, and this number is not one of them.")
    return ""


def _rows(chat_pk: int) -> dict[str, WahaGroupMember]:
    """All rows of a group by either form of the address."""
    rows: dict[str, WahaGroupMember] = {}
    for row in WahaGroupMember.objects.filter(chat_id=chat_pk):
        rows[row.address] = row
        if row.phone:
            rows[row.phone] = row
    return rows


def _tell(
    chat_pk: int, rows: dict[str, WahaGroupMember], seen: Seen, is_in: bool, at: datetime
) -> WahaGroupMember:
    row = _as_one(rows.get(seen.lid), rows.get(seen.phone))
    role = role_of(seen.role)
    if row is None:
        row = WahaGroupMember.objects.create(
            chat_id=chat_pk, address=seen.lid, phone=seen.phone, role=role, is_in=is_in, heard_at=at
        )
    else:
        _retell(row, seen, role, is_in, at)
    rows[row.address] = row
    if row.phone:
        rows[row.phone] = row
    return row


def _as_one(one: WahaGroupMember | None, other: WahaGroupMember | None) -> WahaGroupMember | None:
    """The one row of a person who was told under both addresses; the newest word on them stands."""
    if one is None or other is None or one.pk == other.pk:
        return one or other
    kept, gone = (one, other) if is_lid(one.address) else (other, one)
    if _word(gone) > _word(kept):
        kept.is_in, kept.role, kept.heard_at = gone.is_in, gone.role, gone.heard_at
    kept.phone = kept.phone or gone.phone
    gone.delete()
    kept.save()
    return kept


def _word(row: WahaGroupMember) -> tuple[datetime, bool, str]:
    return (row.heard_at, row.is_in, row.role)


def _retell(row: WahaGroupMember, seen: Seen, role: MemberRole, is_in: bool, at: datetime) -> None:
    before = (row.address, row.phone, row.role, row.is_in, row.heard_at)
    row.phone = row.phone or seen.phone
    if is_lid(seen.lid) and not is_lid(row.address):
        row.address = seen.lid
    if (row.heard_at, row.is_in, row.role) < (at, is_in, str(role)):
        row.is_in, row.heard_at = is_in, at
        if is_in:
            row.role = role
    if before != (row.address, row.phone, row.role, row.is_in, row.heard_at):
        row.save()
