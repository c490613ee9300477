"""Calling back: who saw to a call that nobody answered."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit import log
from waha import updates
from waha.models import UpdateKind, WahaCall, WahaChat, WahaUpdate

MOST_TOLD = 200


@transaction.atomic
def mark_called_back(*, call: WahaCall, by: User) -> int:
    """Mark a call, and the caller's unanswered ones before it, as seen to by `by`.

    Returns how many were marked: 0 when a colleague was faster.
    """
    waiting = WahaCall.objects.to_call_back().of_same_caller(call)
    now = timezone.now()
    waiting.filter(started_at__lte=call.started_at).update(handled_by=by, handled_at=now)
    theirs = WahaCall.objects.of_same_caller(call).filter(handled_by=by, handled_at=now)
    marked = list(theirs.order_by("-started_at", "-pk").values_list("pk", "chat_id"))
    if marked:
        log.record("call.called_back", target=call, by=by, new={"calls": len(marked)})
    # Each stands in an open thread on its own; of very many the oldest wait for a reload.
    updates.record_many(
        WahaUpdate(session_id=call.session_id, chat_id=chat, kind=UpdateKind.CALL, ref=pk)
        for pk, chat in marked[:MOST_TOLD]
    )
    return len(marked)


@transaction.atomic
def reopen(*, call: WahaCall, by: User) -> None:
    """Put one call back on the list of those to call back."""
    handled = WahaCall.objects.filter(pk=call.pk, handled_at__isnull=False)
    if handled.update(handled_by=None, handled_at=None):
        log.record("call.reopened", target=call, by=by)
        updates.record(UpdateKind.CALL, call.session_id, call.chat_id, call.pk)


@transaction.atomic
def found_chat(*, call: WahaCall, chat: WahaChat) -> None:
    """Let a caller's calls from before there was a chat belong to it."""
    calls = WahaCall.objects.filter(
        session_id=call.session_id, from_id=call.from_id, chat__isnull=True
    )
    calls.update(chat=chat)
    updates.record(UpdateKind.CALL, call.session_id, chat.pk, call.pk)
