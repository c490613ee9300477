"""Which events are of people who were erased since they wrote: these are not taken in."""

from collections.abc import Sequence
from datetime import datetime

from waha import erased
from waha.gateway.payloads import Call, Edit, Event, IncomingMessage, PollVote, Reaction
from waha.gateway.payloads.ids import ChatKind, chat_kind


def positions(events: Sequence[Event]) -> set[int]:
    """The places of those events that somebody's erasure covers: of them, and older than it.

    One query while nobody was ever erased, else two.
    """
    told = [_whose(event) for event in events]
    gone = erased.until(address for addresses, _at in told for address in addresses)
    if not gone:
        return set()
    return {
        place
        for place, (addresses, at) in enumerate(told)
        if any(address in gone and at <= gone[address] for address in addresses)
    }


def _whose(event: Event) -> tuple[set[str], datetime]:
    """The people that an event speaks of or comes from, and when."""
    if isinstance(event, IncomingMessage):
        people = {event.sender, event.sender_alt}
        if event.chat_kind is ChatKind.DIRECT:  # what we wrote to them, too
            people |= {event.chat, event.chat_alt}
        return people - {""}, event.at
    if isinstance(event, Call):
        return {event.caller} - {""}, event.at
    if isinstance(event, Edit):
        return _direct(event.chat), event.at
    if isinstance(event, Reaction):
        return {event.by, *_direct(event.chat)} - {""}, event.at
    if isinstance(event, PollVote):
        return {event.by, *_direct(event.poll.chat)} - {""}, event.at
    return set(), event.envelope.at


def _direct(chat: str) -> set[str]:
    """The person behind a chat of two."""
    return {chat} if chat_kind(chat) is ChatKind.DIRECT else set()
