"""The envelope around every webhook payload."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from waha.gateway.payloads.errors import PayloadError
from waha.gateway.payloads.fields import (
    JsonObject,
    as_int,
    as_moment,
    as_name,
    as_object,
    plausible,
)
from waha.gateway.payloads.ids import alternative, normalise

END_OF_SECOND = timedelta(milliseconds=999)


@dataclass(frozen=True, slots=True)
class Me:
    """The number's own account as WAHA knows it."""

    address: str
    lid: str
    name: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sent an event and when. `id` is shared by `message` and `message.any` of one message."""

    id: str
    event: str
    session: str
    engine: str
    timestamp_ms: int
    at: datetime
    now: datetime
    me: Me | None

    def moment(self, value: object) -> datetime:
        """Return the payload's time, or the envelope's where that one cannot be true."""
        return plausible(as_moment(value), now=self.now) or self.at

    def precise(self, value: object) -> datetime:
        """Return the payload's time, finer within its second.

        WhatsApp's times mostly have whole seconds and people tap faster: the moment at which
        WAHA passed it on orders what one second holds, but never reaches into the next, for a
        copy that is delivered again later is no newer.
        """
        moment = self.moment(value)
        late = self.at - moment
        if moment.microsecond or late <= timedelta(0):
            return moment
        return moment + min(late, END_OF_SECOND)


def parse_envelope(body: JsonObject, *, received_at: datetime | None = None) -> Envelope:
    """Read the envelope. Raises PayloadError when the event has no name."""
    event = as_name(body.get("event"))
    if not event:
        raise PayloadError("The body names no event.")
    now = received_at or datetime.now(UTC)
    at = plausible(as_moment(body.get("timestamp")), now=now) or now
    return Envelope(
        id=as_name(body.get("id")),
        event=event,
        session=as_name(body.get("session")),
        engine=as_name(body.get("engine")).upper(),
        timestamp_ms=as_int(body.get("timestamp")) or 0,
        at=at,
        now=now,
        me=parse_me(body.get("me")),
    )


def parse_me(value: object) -> Me | None:
    """Read the account, or None before pairing."""
    fields = as_object(value)
    address = normalise(fields.get("id")) or normalise(fields.get("jid"))
    if not address:
        return None
    return Me(
        address=address,
        lid=alternative(address, fields.get("lid")),
        name=as_name(fields.get("pushName")),
    )
