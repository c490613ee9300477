"""Calls."""

from datetime import timedelta

from mercury.celery import hint
from waha import questions
from waha.gateway.payloads import Call, CallKind, is_lid
from waha.gateway.payloads.ids import ChatKind, chat_kind
from waha.inbound.apply.batch import Batch
from waha.inbound.apply.outcome import DONE, Outcome
from waha.models import CallType, LookupKind, UpdateKind, WahaCall, WahaChatAddress

# A call taken on the phone ends with `rejected` too, so that one says least.
RANK = {CallType.RECEIVED: 0, CallType.REJECTED: 1, CallType.ACCEPTED: 2}
LIDS_REST = timedelta(minutes=10)
TYPES = {
    CallKind.RECEIVED: CallType.RECEIVED,
    CallKind.ACCEPTED: CallType.ACCEPTED,
    CallKind.REJECTED: CallType.REJECTED,
}


def apply_call(batch: Batch, event: Call) -> Outcome:
    """Write one row a call, the same whichever of its events come, in whatever order."""
    kind = TYPES[event.kind]
    me = event.envelope.me
    call = WahaCall.objects.filter(session=batch.session, call_id=event.call_id).first()
    if call is None:
        call = WahaCall(
            session=batch.session, call_id=event.call_id, type=kind, started_at=event.at
        )
    if RANK[kind] > RANK[CallType(call.type)]:
        call.type = kind
    call.from_id = max(call.from_id, event.caller, key=_says_most)
    call.to_id = call.to_id or (me.address if me else batch.session.me_id)
    call.is_video = call.is_video or event.is_video
    call.is_group = call.is_group or event.is_group
    call.started_at = min(call.started_at, event.at)
    if event.kind is CallKind.REJECTED:
        call.ended_at = max(call.ended_at or event.at, event.at)
    call.chat_id = _chat_of(batch, call.from_id) or call.chat_id
    call.save()
    if call.chat_id is None and is_lid(call.from_id):
        questions.refresh(batch.session.pk, LookupKind.LIDS, after=LIDS_REST)
    if call.is_ringing and batch.session.calls_policy["declines"]:
        hint("decline_calls")
    batch.note(UpdateKind.CALL, call.chat_id, call.pk)
    return DONE


def _says_most(address: str) -> tuple[bool, bool, str]:
    """Prefer a person to a group, and any address to none."""
    return (bool(address), chat_kind(address) is ChatKind.DIRECT, address)


def _chat_of(batch: Batch, address: str) -> int | None:
    if not address:
        return None
    if chat := batch.book.find(address):
        return chat.pk
    return (
        WahaChatAddress.objects.filter(session=batch.session, address=address)
        .values_list("chat_id", flat=True)
        .first()
    )
