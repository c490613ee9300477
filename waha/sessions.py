"""Numbers as rows: making one, and moving its status.

Talking to WAHA about them is `numbers.pairing`; nothing here leaves the process.
"""

import logging
import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from audit import log
from mercury.db.models import SensitiveData
from waha import sharing, updates
from waha.models import Level, SessionStatus, UpdateKind, WahaServer, WahaSession

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
def apply_status(*, session: WahaSession, waha_status: str, at: datetime, me_id: str = "") -> bool:
    """Move a number's status to what WAHA said at `at`; the only place where it moves.

    The latest word wins in whatever order they come (of two in the same instant always the
    same one). `me_id` is the account WAHA names with it, `447700900001@c.us`. A word we do not
    know is kept as WAHA spells it, beside the status there was. Returns whether it was news.
    """
    waha_status = waha_status[:50]
    values: dict[str, Any] = {"waha_status": waha_status, "status_changed_at": at}
    if waha_status in STATUSES:
        values["status"] = STATUSES[waha_status]
    else:
        logger.warning("session %s: WAHA says %r, which we do not know", session.pk, waha_status)
    if me_id:
        values |= {"me_id": me_id, "phone": _phone(me_id) or session.phone}
    newer = (
        Q(status_changed_at__isnull=True)
        | Q(status_changed_at__lt=at)
        | Q(status_changed_at=at, waha_status__lt=waha_status)
    )
    if not WahaSession.objects.filter(newer, pk=session.pk).update(**values):
        return False
    is_news = any(
        getattr(session, name) != value
        for name, value in values.items()
        if name != "status_changed_at"
    )
    for name, value in values.items():
        setattr(session, name, value)
    if is_news:
        updates.record(UpdateKind.SESSION, session.pk, ref=session.pk)
    return is_news


def _phone(me_id: str) -> str:
    digits = me_id.split("@")[0].split(":")[0]
    return f"+{digits}" if me_id.endswith("@c.us") and digits.isdigit() else ""
