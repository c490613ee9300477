"""How fast a number sends: one message at a time, seen typing, few people unasked.

The rows of `waha_paces` hold it, so that all workers keep to one pace. What a message waits for
is a turn, taken by a conditional update; a turn that is not used is a second lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import log
from mercury.celery import hint
from mercury.db.retry import retried
from waha import updates
from waha.models import (
    ChatKind,
    MessageType,
    OutboxState,
    UpdateKind,
    WahaChat,
    WahaMessage,
    WahaOutbox,
    WahaPace,
    WahaSession,
    whereabouts,
)

if TYPE_CHECKING:
    from accounts.models import User

TYPING, GAP_MS, COLD_GAP_SECONDS, COLD_A_DAY = True, 1000, 20, 50
"""What a number begins with; its managers change it on its page."""

# As fast as somebody types who knows what to say, and never long enough to be a nuisance.
TYPING_SECONDS = (0.6, 2.5)
CHARACTERS_A_SECOND = 40
DAY = timedelta(hours=24)
NOT_YET = {OutboxState.QUEUED, OutboxState.DISCARDED, OutboxState.FAILED}


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a message has to wait, and until when."""

    until: datetime
    reason: str

    @property
    def is_long(self) -> bool:
        """Whether the chat should say so: the person may want to do something else."""
        return self.until - timezone.now() > timedelta(minutes=1)


def of(session_id: int) -> WahaPace:
    """A number's pace, with what every number begins with when nobody has set it."""
    return WahaPace.objects.filter(pk=session_id).first() or _begin(session_id)


def of_many(session_ids: set[int]) -> dict[int, WahaPace]:
    """The paces of several numbers, in one query."""
    known = WahaPace.objects.in_bulk(session_ids)
    return {pk: known.get(pk) or _begin(pk) for pk in session_ids}


def take_turn(pace: WahaPace) -> bool:
    """Take the number's next turn; False while the last message was too short a time ago."""
    if not pace.gap_ms and not pace.typing:
        return True
    now = timezone.now()
    return _move(pace, now=now, next_at=now + timedelta(milliseconds=pace.gap_ms))


def keep_turn(pace: WahaPace, seconds: float) -> None:
    """Let nobody else begin while the customer sees us typing."""
    until = timezone.now() + timedelta(seconds=seconds, milliseconds=pace.gap_ms)
    WahaPace.objects.filter(pk=pace.pk, next_at__lt=until).update(next_at=until)


def typing_seconds(pace: WahaPace, message: WahaMessage, chat: WahaChat) -> float:
    """How long to be seen typing before this message; 0 for not at all."""
    if not pace.typing or message.type != MessageType.TEXT:
        return 0
    if chat.kind not in {ChatKind.DIRECT, ChatKind.GROUP}:
        return 0
    shortest, longest = TYPING_SECONDS
    return min(shortest + len(message.content) / CHARACTERS_A_SECOND, longest)


def hold(pace: WahaPace, row: WahaOutbox) -> Hold | None:
    """Why a message to somebody who never wrote has to wait now, or None.

    Answers always go: WhatsApp's lock and the cap are about writing to people unasked.
    """
    now = timezone.now()
    locked = pace.locked_until is not None and pace.locked_until > now
    if not locked and not row.is_first:
        return None
    if locked and pace.locked_until and not has_written(row.chat):
        return Hold(pace.locked_until, lock_words())
    if not row.is_first or row.typing_since is not None:  # it took its turn when it began to type
        return None
    if full_until := _full_until(pace, now):
        return Hold(
            full_until,
            _(
                "This number has written to %(n)s new people in 24 hours. "
                "It goes out by itself when the next one is allowed."
            )
            % {"n": pace.cold_a_day},
        )
    gap = timedelta(seconds=pace.cold_gap_seconds)
    if gap and not _move(pace, now=now, next_cold_at=now + gap):
        fresh = WahaPace.objects.filter(pk=pace.pk).values_list("next_cold_at", flat=True).get()
        return Hold(fresh, _("First messages to new people go out one by one, with a pause."))
    return None


def lock_words() -> str:
    return _(
        "WhatsApp does not let this number write to new people for now. "
        "It goes out by itself when that is over; answers still go."
    )


def has_written(chat: WahaChat) -> bool:
    """Whether somebody else ever wrote in a chat: then we answer, and need not ask."""
    if chat.in_seq > 0 or chat.kind != ChatKind.DIRECT:
        return True
    if chat.first_message_at is None:
        return False
    if whereabouts.is_old(chat.first_message_at):
        return True  # an old acquaintance; not worth a look into the archive
    return WahaMessage.objects.filter(
        chat_id=chat.pk, created_at__gte=chat.first_message_at, from_me=False
    ).exists()


def paused() -> list[int]:
    """The numbers that send nothing because somebody said so."""
    return list(WahaPace.objects.filter(paused_at__isnull=False).values_list("pk", flat=True))


@retried()
@transaction.atomic
def pause(*, session: WahaSession, by: "User") -> None:
    """Send nothing more on a number until somebody lets it go on; what is on its way arrives."""
    _ensure(session.pk)
    rows = WahaPace.objects.filter(pk=session.pk, paused_at__isnull=True)
    if rows.update(paused_at=timezone.now(), paused_by=by):
        log.record("session.sending_paused", target=session, by=by)
        updates.record(UpdateKind.SESSION, session.pk, ref=session.pk)


@retried()
@transaction.atomic
def go_on(*, session: WahaSession, by: "User") -> None:
    """End a pause."""
    rows = WahaPace.objects.filter(pk=session.pk, paused_at__isnull=False)
    if rows.update(paused_at=None, paused_by=None):
        log.record("session.sending_resumed", target=session, by=by)
        updates.record(UpdateKind.SESSION, session.pk, ref=session.pk)
        hint("deliver")


@retried()
@transaction.atomic
def set_pace(*, session: WahaSession, by: "User", **values: int | bool) -> None:
    """Change how fast a number sends: typing, gap_ms, cold_gap_seconds, cold_a_day."""
    _ensure(session.pk)
    pace = WahaPace.objects.select_for_update().get(pk=session.pk)
    old = {name: getattr(pace, name) for name, value in values.items()}
    new = {name: value for name, value in values.items() if value != old[name]}
    if new:
        WahaPace.objects.filter(pk=session.pk).update(**new)
        _release(session.pk, new)
        log.record(
            "session.pace_changed",
            target=session,
            by=by,
            old={name: old[name] for name in new},
            new=new,
        )


def _release(session_id: int, changed: Mapping[str, object]) -> None:
    """Let what waits by the old pace be looked at by the new one."""
    now = timezone.now()
    if "gap_ms" in changed:
        WahaPace.objects.filter(pk=session_id, next_at__gt=now).update(next_at=now)
    if not changed.keys() & {"cold_gap_seconds", "cold_a_day"}:
        return
    WahaPace.objects.filter(pk=session_id, next_cold_at__gt=now).update(next_cold_at=now)
    # Those that are being typed have had their turn; one that WAHA put off is tried early, once.
    WahaOutbox.objects.filter(
        session_id=session_id,
        state=OutboxState.QUEUED,
        is_first=True,
        typing_since__isnull=True,
        due_at__gt=now,
    ).update(due_at=now)
    hint("deliver")


def busy(now: datetime) -> dict[int, datetime]:
    """The numbers that sent a moment ago, each with the time of its next turn."""
    return dict(WahaPace.objects.filter(next_at__gt=now).values_list("pk", "next_at"))


def _begin(session_id: int) -> WahaPace:
    return WahaPace(
        session_id=session_id,
        typing=TYPING,
        gap_ms=GAP_MS,
        cold_gap_seconds=COLD_GAP_SECONDS,
        cold_a_day=COLD_A_DAY,
    )


def _ensure(session_id: int) -> None:
    if WahaPace.objects.filter(pk=session_id).exists():
        return
    try:
        with transaction.atomic():
            _begin(session_id).save(force_insert=True)
    except IntegrityError:  # another worker made it in this moment
        return


@retried()
def _move(pace: WahaPace, *, now: datetime, **turn: datetime) -> bool:
    ((column, until),) = turn.items()
    _ensure(pace.pk)
    free = WahaPace.objects.filter(pk=pace.pk, **{f"{column}__lte": now})
    return bool(free.update(**{column: until}))


def _full_until(pace: WahaPace, now: datetime) -> datetime | None:
    """When the next first message is allowed, None when one is now."""
    begun = WahaOutbox.objects.filter(
        session_id=pace.pk, is_first=True, posted_at__gt=now - DAY
    ).exclude(state__in=NOT_YET)
    times = list(
        begun.order_by("-posted_at").values_list("posted_at", flat=True)[: pace.cold_a_day]
    )
    if len(times) < pace.cold_a_day:
        return None
    oldest = times[-1] if times else None
    return (oldest or now) + DAY
