"""Numbers as rows: making one, and moving its status.

Talking to WAHA about them is `numbers.pairing`; nothing here leaves the process.
"""

import logging
import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit import log, tracking
from mercury.celery import hint
from mercury.db.models import SensitiveData
from waha import questions, sharing, syncs, updates
from waha.models import (
    Level,
    LookupKind,
    SessionStatus,
    UpdateKind,
    WahaServer,
    WahaSession,
    WahaSessionState,
)

logger = logging.getLogger(__name__)

# WAHA's words and ours. What it says while a person must act on the phone is `scan_qr`.
STATUSES = {
    "STOPPED": SessionStatus.STOPPED,
    "STARTING": SessionStatus.CONNECTING,
    "SCAN_QR_CODE": SessionStatus.SCAN_QR,
    "PASSKEY_REQUIRED": SessionStatus.SCAN_QR,
    "PASSKEY_CONFIRMATION_REQUIRED": SessionStatus.SCAN_QR,
    "WORKING": SessionStatus.WORKING,
    "FAILED": SessionStatus.FAILED,
}

# What moves with a status; others may have moved it since the session was read.
WATCHED = [
    "status", "waha_status", "status_changed_at", "came_from", "left_working_at", "me_id", "phone",
    "push_name", "stranger_id", "is_wanted", "reconciled_to",
]  # fmt: skip


class SessionRefused(Exception):
    """A number that cannot be made as asked; the message is fit to show."""


@transaction.atomic
def create_session(
    *,
    name: str,
    owner: User,
    server: WahaServer,
    by: User | None,
    title: str = "",
    waha_name: str = "",
    hmac_key: str = "",
    **fields: Any,
) -> WahaSession:
    """Make a number with its own webhook key; its owner holds the manage grant.

    `name` stands in the webhook address, `waha_name` is what WAHA calls the session (the same
    unless said). Raises SessionRefused when one of them is taken.
    """
    waha_name = waha_name or name
    taken = WahaSession.objects.filter(Q(name=name) | Q(server=server, waha_name=waha_name))
    if taken.exists():
        raise SessionRefused(_("There is already a number called %(name)s.") % {"name": name})
    key = hmac_key or secrets.token_urlsafe(32)
    with tracking.untold():
        session = WahaSession.objects.create(
            name=name,
            title=title,
            user=owner,
            server=server,
            waha_name=waha_name,
            secret=SensitiveData.objects.seal({"hmac_keys": [key]}),
            **fields,
        )
    sharing.share(session=session, user=owner, level=Level.MANAGE, by=None)
    log.record("session.created", target=session, by=by, new={"name": name, "owner": owner.pk})
    return session


@transaction.atomic
def apply_status(
    *,
    session: WahaSession,
    waha_status: str,
    at: datetime,
    me_id: str = "",
    push_name: str = "",
    heard: bool = False,
) -> bool:
    """Move a number's status to what WAHA said at `at`; the only place where it moves.

    The latest word wins in whatever order they come (of two in the same instant always the
    same one). `me_id` is the account WAHA names with it, `447700900001@c.us`; another account
    than before is not taken over but kept in `stranger_id`. `heard`: WAHA told us, we did
    not ask. A word we do not know is kept as WAHA spells it, beside the status there was.
    Returns whether it was news.
    """
    waha_status = waha_status[:50]
    values: dict[str, Any] = {"waha_status": waha_status, "status_changed_at": at}
    if waha_status in STATUSES:
        values["status"] = STATUSES[waha_status]
    else:
        logger.warning("session %s: WAHA says %r, which we do not know", session.pk, waha_status)
    session.refresh_from_db(fields=WATCHED)
    values |= _moved(session, waha_status, at) | _account(session, me_id, push_name)
    newer = (
        Q(status_changed_at__isnull=True)
        | Q(status_changed_at__lt=at)
        | Q(status_changed_at=at, waha_status__lt=waha_status)
    )
    if not WahaSession.objects.filter(newer, pk=session.pk).update(**values):
        return False
    changed = {name for name, value in values.items() if getattr(session, name) != value}
    is_news = bool(changed - {"status_changed_at"})
    left_at, was = session.left_working_at, session.waha_status
    for name, value in values.items():
        setattr(session, name, value)
    if "waha_status" in changed:
        WahaSessionState.objects.create(
            session=session, waha_status=waha_status, at=at, heard=heard, me_id=me_id[:255]
        )
    if session.stranger_id and "stranger_id" in changed:
        logger.error("session %s: another account turned up under its name", session.pk)
        hint("sync_sessions")  # which stops it
    elif waha_status == "WORKING" and was != "WORKING":
        _works_again(session, at, left_at)
    if is_news:
        updates.record(UpdateKind.SESSION, session.pk, ref=session.pk)
    return is_news


def choose(*, session: WahaSession, by: User, **choices: Any) -> None:
    """Keep what people choose about a number in its config; None takes a choice back."""
    old = {name: session.config.get(name) for name in choices}
    new = {name: value for name, value in choices.items() if value != old[name]}
    if not new:
        return
    session.config = {**session.config, **new}
    session.save(update_fields=["config", "updated_at"])
    log.record(
        "session.config_chosen",
        target=session,
        by=by,
        old={name: old[name] for name in new},
        new=new,
    )


def want(*, session: WahaSession, running: bool) -> None:
    """Note whether people want a number to run; one that was taken off comes back with it."""
    values: dict[str, Any] = {"is_wanted": running} | ({"removed_at": None} if running else {})
    WahaSession.objects.filter(pk=session.pk).update(**values)
    for name, value in values.items():
        setattr(session, name, value)


def take_off(*, session: WahaSession) -> None:
    """Put a number aside that WAHA has been told to forget."""
    session.removed_at = timezone.now()
    session.stranger_id = ""
    session.save(update_fields=["removed_at", "stranger_id", "updated_at"])


def take_account(*, session: WahaSession, me_id: str) -> None:
    """Let a number be another account from now on; the decision of a person."""
    session.me_id, session.phone, session.stranger_id = me_id, _phone(me_id), ""
    session.save(update_fields=["me_id", "phone", "stranger_id", "updated_at"])


def turn_away(*, session: WahaSession) -> None:
    """Forget another account that turned up; the decision of a person."""
    session.stranger_id = ""
    session.save(update_fields=["stranger_id", "updated_at"])


def is_stranger(session: WahaSession, me_id: str) -> bool:
    """Whether `me_id` is another WhatsApp account than the one this number has been so far."""
    known, told = _phone(session.me_id), _phone(me_id)
    return bool(known and told and known != told)


def _moved(session: WahaSession, waha_status: str, at: datetime) -> dict[str, Any]:
    """What a change of state leaves behind."""
    if waha_status == session.waha_status:
        return {}
    values: dict[str, Any] = {"came_from": session.waha_status}
    if waha_status == "WORKING":
        values |= {"left_working_at": None, "is_wanted": True}
    elif session.waha_status == "WORKING":
        values["left_working_at"] = at
    return values


def _account(session: WahaSession, me_id: str, push_name: str) -> dict[str, Any]:
    if not me_id:
        return {}
    if is_stranger(session, me_id):
        return {"stranger_id": me_id}
    # A LID says less than the phone that is known: nobody could be told from a stranger by it.
    told = me_id if _phone(me_id) or not _phone(session.me_id) else session.me_id
    values = {"me_id": told, "phone": _phone(told) or session.phone, "stranger_id": ""}
    return values | ({"push_name": push_name[:255]} if push_name else {})


def _works_again(session: WahaSession, at: datetime, left_at: datetime | None) -> None:
    """Have fetched what came while it did not work; of a new number, what it had before."""
    questions.want(session.pk, LookupKind.LIDS)
    if session.reconciled_to is not None:
        syncs.reconcile(session=session, outage_from=left_at)
        return
    WahaSession.objects.filter(pk=session.pk).update(reconciled_to=at)
    session.reconciled_to = at
    days = session.config.get("import_days")
    syncs.bring_older(session=session, days=days if isinstance(days, int) else 0)


def _phone(me_id: str) -> str:
    digits = me_id.split("@")[0].split(":")[0]
    return f"+{digits}" if me_id.endswith("@c.us") and digits.isdigit() else ""
