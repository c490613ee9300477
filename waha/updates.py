"""Writing down what changed, for the screens that show it: in the transaction of the change."""

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction

from mercury import celery
from waha.models import UpdateKind, WahaUpdate


def record(
    kind: UpdateKind,
    session_id: int,
    chat_id: int | None = None,
    ref: int | None = None,
    user_id: int | None = None,
    *,
    from_me: bool = False,
    incoming: bool = False,
) -> None:
    """Tell the screens of one change; `ref` is the message, call or session it is about.

    `incoming` marks a live message that raised in_seq: it rings. With `user_id` only that user
    is told. One INSERT; call it last in the transaction, with the change itself.
    """
    record_many(
        [
            WahaUpdate(
                kind=kind,
                session_id=session_id,
                chat_id=chat_id,
                ref=ref,
                user_id=user_id,
                from_me=from_me,
                incoming=incoming,
            )
        ]
    )


def record_many(rows: Iterable[WahaUpdate]) -> None:
    """Tell the screens of many changes in one INSERT; rows are unsaved WahaUpdate objects."""
    fresh = list(rows)
    if not fresh:
        return
    WahaUpdate.objects.bulk_create(fresh)
    if settings.REDIS_URL:
        _hint_once()


def access_changed(user_ids: Iterable[int]) -> None:
    """End the open streams of users and let their pages reload: what they may see is different.

    Called by accounts.access in the transaction that raises `access_version`.
    """
    record_many(WahaUpdate(kind=UpdateKind.ACCESS, session_id=0, user_id=pk) for pk in user_ids)


def _hint_once() -> None:
    """Hint the relay after commit, once a transaction however much it changed."""
    waiting = transaction.get_connection().run_on_commit
    if not any(hook is _send_hint for _, hook, *_ in waiting):
        transaction.on_commit(_send_hint)


def _send_hint() -> None:
    celery.send_hint("relay_updates")
