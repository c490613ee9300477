"""What WAHA says about the state of a number."""

from waha import reachout, sessions
from waha.gateway.payloads import SessionStatus
from waha.inbound.apply.batch import Batch
from waha.inbound.apply.outcome import DONE, Outcome


def apply_session_status(batch: Batch, event: SessionStatus) -> Outcome:
    """Move the number's status, last of all: its row is one that others wait for."""
    me = event.envelope.me
    batch.at_the_end(
        lambda: sessions.apply_status(
            session=batch.session,
            waha_status=event.status,
            at=event.at,
            me_id=me.address if me else "",
            push_name=me.name if me else "",
            heard=True,
        )
    )
    if "reachoutTimelock" in event.data:
        told = event.data["reachoutTimelock"]
        batch.at_the_end(lambda: reachout.note(batch.session.pk, told, event.at))
    return DONE
