"""Numbers that take no calls: declining one while it rings, and telling the caller so."""

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from audit import log
from waha import updates
from waha.gateway.client import WahaError
from waha.models import CallType, SessionStatus, UpdateKind, WahaCall, WahaOutbox, WahaSession
from waha.models.call import RINGS_FOR
from waha.outbound import outbox
from waha.outbound.chats import start_chat
from waha.outbound.refusals import ChatRefused, MessageRefused
from waha.servers import client_for

if TYPE_CHECKING:
    from accounts.models import User
    from waha.models import WahaChat

logger = logging.getLogger(__name__)

MAX_REPLY = 1000
QUIET = timedelta(hours=1)
"""Who rings again within this time is declined again, but not told again."""

CLAIM = "call-"  # begins the client token of what is written about a call


@transaction.atomic
def set_policy(*, session: WahaSession, declines: bool, reply: str, by: "User") -> None:
    """Say whether a number declines calls by itself, and what it then writes to the caller."""
    row = WahaSession.objects.select_for_update().only("pk", "config").get(pk=session.pk)
    old, new = row.calls_policy, {"declines": declines, "reply": reply.strip()}
    if new == old:
        return
    WahaSession.objects.filter(pk=row.pk).update(config={**row.config, "calls": new})
    log.record(
        "session.calls_policy", target=session, by=by,
        old={"declines": old["declines"]}, new={"declines": declines},
    )  # fmt: skip


def decline_due() -> int:
    """Decline the calls that ring on numbers which take none; returns how many.

    WAHA can decline while a phone rings and never later, so a call that could not be declined
    within its minute is let go: it is then a missed one.
    """
    taking_none = WahaSession.objects.filter(
        status=SessionStatus.WORKING, config__calls__declines=True
    )
    numbers = {each.pk: each for each in taking_none.select_related("server__secret")}
    if not numbers:
        return 0
    ringing = WahaCall.objects.filter(
        session_id__in=numbers, type=CallType.RECEIVED, is_group=False,
        started_at__gte=timezone.now() - RINGS_FOR,
    )  # fmt: skip
    calls = ringing.exclude(from_id="").select_related("chat")
    return sum(_decline(call, numbers[call.session_id]) for call in calls)


def _decline(call: WahaCall, session: WahaSession) -> bool:
    try:
        client_for(session).reject_call(session.waha_name, call.from_id, call.call_id)
    except WahaError as error:
        logger.warning("call %s not declined: %s", call.pk, error.reason)
        return False
    reply = session.calls_policy["reply"]
    chat = _chat_of(call, session) if reply else None
    with transaction.atomic():
        mine = WahaCall.objects.filter(pk=call.pk, type=CallType.RECEIVED)
        if not mine.update(type=CallType.REJECTED, chat=chat or call.chat):
            return False  # its event, or another worker, was faster
        updates.record(UpdateKind.CALL, session.pk, call.chat_id, call.pk)
        if chat is not None:
            _tell(call, chat, reply)
    return True


def _chat_of(call: WahaCall, session: WahaSession) -> "WahaChat | None":
    """Where to write to the caller; None where WhatsApp gives no way."""
    if call.chat is not None or not call.from_id.endswith("@c.us"):
        return call.chat
    try:
        phone = f"+{call.from_id.split('@')[0]}"
        return start_chat(session=session, phone_or_contact=phone, by=None)
    except ChatRefused as refusal:
        logger.warning("call %s not answered in words: %s", call.pk, refusal)
        return None


def _tell(call: WahaCall, chat: "WahaChat", reply: str) -> None:
    told = WahaOutbox.objects.filter(
        chat=chat, client_token__startswith=CLAIM, created_at__gte=timezone.now() - QUIET
    )
    if told.exists():
        return
    try:
        outbox.send_text(chat=chat, body=reply, by=None, client_token=f"{CLAIM}{call.pk}")
    except MessageRefused as refusal:
        logger.warning("call %s not answered in words: %s", call.pk, refusal)
