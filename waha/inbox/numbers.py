"""The numbers beside the chats, each with its unread chats."""

from dataclasses import dataclass

from django.db.models import Count, Exists, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from mercury.ui import faces, phones
from waha.inbox.cursors import LiveCursor, settled_id
from waha.models import SessionStatus, WahaChat, WahaGap, WahaLabel, WahaPace, WahaSession

TROUBLE = {SessionStatus.FAILED, SessionStatus.SCAN_QR}


@dataclass(frozen=True, slots=True)
class Number:
    """A number as the inbox draws it; `unread` counts chats, `owner` is whom to ask about it."""

    pk: int
    name: str
    phone: str
    state: str
    state_label: str
    hue: int
    unread: int
    owner: str = ""
    is_paused: bool = False
    has_gaps: bool = False
    has_labels: bool = False


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a user and the place in the updates at which they were read."""

    all: list[Number]
    live_cursor: LiveCursor

    @property
    def unread_total(self) -> int:
        return sum(number.unread for number in self.all)

    @property
    def has_labels(self) -> bool:
        """Whether there is a label to look for: only WhatsApp Business has them."""
        return any(number.has_labels for number in self.all)

    @property
    def in_trouble(self) -> bool:
        """Whether a number waits for a person; one that was stopped does not."""
        return any(number.state in TROUBLE for number in self.all)

    def by_pk(self) -> dict[int, Number]:
        return {number.pk: number for number in self.all}


def read(user: User, *, counted: bool = True) -> Numbers:
    """Read every number `user` may see in one query; uncounted, `unread` is 0 and it is cheap.

    Read it first: the cursor must be older than all that the page shows.
    """
    unread = (
        WahaChat.objects.filter(session=OuterRef("pk"))
        .unread_by(user)
        .order_by()
        .values("session")
        .annotate(chats=Count("pk"))
        .values("chats")
    )
    paused = WahaPace.objects.filter(session=OuterRef("pk"), paused_at__isnull=False)
    sessions = (
        WahaSession.objects.visible_to(user)
        .select_related("user")
        .only("name", "title", "phone", "status", "left_working_at", "user__name")
        .annotate(
            unread=Coalesce(Subquery(unread, output_field=IntegerField()), 0)
            if counted
            else Value(0),
            settled=settled_id(),
            is_paused=Exists(paused),
            has_gaps=Exists(WahaGap.objects.filter(session=OuterRef("pk"))),
            has_labels=Exists(WahaLabel.objects.standing().filter(session=OuterRef("pk"))),
        )
    )
    rows = list(sessions)
    settled: int | None = getattr(rows[0], "settled", None) if rows else None
    return Numbers([_number(row) for row in rows], LiveCursor.now(settled))


def _number(session: WahaSession) -> Number:
    return Number(
        pk=session.pk,
        name=phones.name(str(session)),
        phone=phones.phone(session.phone),
        state=session.shown_status,
        state_label=str(session.shown_status.label),
        hue=faces.hue(session.pk),
        unread=session.unread,  # type: ignore[attr-defined]  # annotated in read()
        owner=session.user.name,
        is_paused=session.is_paused,  # type: ignore[attr-defined]  # annotated in read()
        has_gaps=session.has_gaps,  # type: ignore[attr-defined]  # likewise
        has_labels=session.has_labels,  # type: ignore[attr-defined]  # likewise
    )
