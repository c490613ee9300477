"""From parsed events to rows: each kind of event to the file that applies it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from waha.gateway.payloads import (
    Ack,
    Archive,
    Call,
    Edit,
    Event,
    GroupChange,
    Identity,
    IncomingMessage,
    LabelEvent,
    Mark,
    PollVote,
    Reaction,
    Revoke,
    SessionStatus,
)
from waha.gateway.payloads.ids import ChatKind
from waha.inbound import forgotten, strangers
from waha.inbound.apply.acks import apply_ack
from waha.inbound.apply.archive import apply_archive
from waha.inbound.apply.batch import Batch
from waha.inbound.apply.calls import apply_call
from waha.inbound.apply.changes import apply_edit, apply_revoke
from waha.inbound.apply.chats import Sighting
from waha.inbound.apply.groups import apply_group
from waha.inbound.apply.identities import apply_identity
from waha.inbound.apply.labels import apply_label
from waha.inbound.apply.marks import apply_mark
from waha.inbound.apply.messages import apply_message
from waha.inbound.apply.origin import Origin
from waha.inbound.apply.outcome import DONE, LeftOut, Outcome, Parked
from waha.inbound.apply.reactions import apply_reaction, apply_vote
from waha.inbound.apply.sessions import apply_session_status
from waha.models import WahaSession
from waha.sessions import is_stranger

APPLIERS: Mapping[type, Callable[[Batch, Any], Outcome]] = {
    IncomingMessage: apply_message,
    Ack: apply_ack,
    Edit: apply_edit,
    Revoke: apply_revoke,
    Reaction: apply_reaction,
    PollVote: apply_vote,
    SessionStatus: apply_session_status,
    Call: apply_call,
    GroupChange: apply_group,
    LabelEvent: apply_label,
    Archive: apply_archive,
    Mark: apply_mark,
    Identity: apply_identity,
}


def apply_events(
    session: WahaSession, events: Sequence[Event], *, origin: Origin = Origin.LIVE
) -> list[Outcome]:
    """Apply events in their order and return what became of each.

    Runs inside the caller's transaction and writes in bulk: some ten queries for hundreds of
    messages. Raises StaleBatch or IntegrityError when somebody else was faster: then the
    caller runs the whole unit again.
    """
    gone = forgotten.positions(events)
    own = [
        event
        for place, event in enumerate(events)
        if place not in gone and not _is_strangers(session, event)
    ]
    batch = Batch(
        session,
        raw_ids=[raw_id for event in own for raw_id in _raw_ids(event)],
        sightings=_sightings(own),
        origin=origin,
    )
    outcomes = [
        LeftOut() if place in gone else _apply(batch, event) for place, event in enumerate(events)
    ]
    for index, outcome in enumerate(outcomes):
        # What came before its message may find it now.
        if isinstance(outcome, Parked):
            outcomes[index] = _apply(batch, events[index])
    batch.flush()
    return outcomes


def _apply(batch: Batch, event: Event) -> Outcome:
    me = event.envelope.me
    if me and _is_strangers(batch.session, event):
        return Parked(strangers.mark(me.address))
    applier = APPLIERS.get(type(event))
    return applier(batch, event) if applier else DONE


def _is_strangers(session: WahaSession, event: Event) -> bool:
    """Whether another account than the number's sent it; the chats of two must not mix."""
    me = event.envelope.me
    return (
        me is not None and not isinstance(event, SessionStatus) and is_stranger(session, me.address)
    )


def _raw_ids(event: Event) -> tuple[str, ...]:
    """Return the messages that an event is about."""
    if isinstance(event, IncomingMessage | Ack | Edit | Revoke):
        return (event.raw_id,)
    if isinstance(event, Reaction | Mark):
        return (event.target.raw,)
    if isinstance(event, PollVote):
        return (event.poll.raw,)
    return ()


def _sightings(events: Sequence[Event]) -> list[Sighting]:
    """Return the addresses that lead to chats, each with the newest name it went by.

    With them the pairs of addresses that are told beside: of who wrote in a group, its members.
    """
    newest: dict[tuple[str, str], Sighting] = {}
    pairs: set[tuple[str, str]] = set()
    for event in events:
        pairs |= _pairs(event)
        if isinstance(event, IncomingMessage):
            direct = event.chat_kind is ChatKind.DIRECT
            name = event.sender_name if direct else ""
            seen = Sighting(event.chat, event.chat_alt, name, event.at)
        elif isinstance(event, GroupChange):
            seen = Sighting(event.group, "", event.subject or "", event.at)
        elif isinstance(event, Archive | LabelEvent) and event.chat:
            seen = Sighting(event.chat)
        else:
            continue
        key = (seen.address, seen.alt)
        if key not in newest or _rank(seen) > _rank(newest[key]):
            newest[key] = seen
    told = sorted(pairs - newest.keys())
    return [*newest.values(), *(Sighting(one, alt, of_chat=False) for one, alt in told)]


def _pairs(event: Event) -> set[tuple[str, str]]:
    """Return the two addresses of people who are no chat of this event."""
    if isinstance(event, Identity):
        return {(event.lid, event.phone)}
    if isinstance(event, IncomingMessage) and event.sender_alt:
        return {(event.sender, event.sender_alt)}
    if isinstance(event, GroupChange):
        return {(member.address, member.alt) for member in event.members if member.alt}
    return set()


def _rank(seen: Sighting) -> tuple[bool, float, str]:
    return (bool(seen.name), seen.at.timestamp() if seen.at else 0.0, seen.name)
