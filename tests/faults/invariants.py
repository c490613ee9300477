"""What must be true of the rows whatever happened to the machine."""

from django.db.models import Count, F, Q

from waha.models import (
    EventState,
    MessageStatus,
    OutboxState,
    WahaChat,
    WahaEvent,
    WahaMessage,
    WahaMessageKey,
    WahaOutbox,
    WahaSession,
)

PROVED = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ, MessageStatus.PLAYED)


def broken(session: WahaSession) -> tuple[str, ...]:
    """The invariants that do not hold for a number, in words; empty when all do."""
    found = {
        "messages without a key, or two with the same": _unkeyed(session),
        "events neither applied, dead with a reason, nor due": _lost_events(session),
        "sends in two minds about what became of them": _undecided(session),
        "chats whose counter is not the number of their messages": _miscounted(session),
        "chats whose last line is not their newest message": _stale_heads(session),
        "messages without their chat": _orphans(session),
    }
    return tuple(f"{number} {words}" for words, number in found.items() if number)


def _unkeyed(session: WahaSession) -> int:
    messages = WahaMessage.objects.filter(session=session)
    keys = WahaMessageKey.objects.filter(session=session)
    twice = messages.exclude(message_id="").values("from_me", "message_id")
    return abs(messages.count() - keys.count()) + (
        twice.annotate(number=Count("pk")).filter(number__gt=1).count()
    )


def _lost_events(session: WahaSession) -> int:
    events = WahaEvent.objects.filter(session=session)
    return events.filter(
        Q(state=EventState.DEAD, last_error="")
        | Q(state=EventState.DONE, processed_at=None)
        | Q(state=EventState.PARKED, waiting_for=None)
    ).count()


def _undecided(session: WahaSession) -> int:
    sends = WahaOutbox.objects.filter(session=session)
    proved = Q(message__status__in=PROVED)
    return sends.filter(
        Q(state=OutboxState.SENT) & ~proved
        | Q(state=OutboxState.FAILED) & proved
        | Q(state=OutboxState.SENDING, lease_until=None)
    ).count()


def _miscounted(session: WahaSession) -> int:
    chats = WahaChat.objects.filter(session=session)
    counted = Count("messages", filter=Q(messages__in_seq__isnull=False))
    return chats.annotate(counted=counted).exclude(in_seq=F("counted")).count()


def _stale_heads(session: WahaSession) -> int:
    stale = 0
    for chat in WahaChat.objects.filter(session=session):
        newest = WahaMessage.objects.filter(chat_id=chat.pk).order_by("-created_at", "-pk").first()
        stale += (newest.pk if newest else None) != chat.last_message_pk
    return stale


def _orphans(session: WahaSession) -> int:
    chats = WahaChat.objects.filter(session=session).values("pk")
    return WahaMessage.objects.filter(session=session).exclude(chat_id__in=chats).count()
