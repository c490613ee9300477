"""Keeps a session on WAHA the way people want it: its config, running, and only its own account.

A WAHA may come back without what we told it, which its REST shows; nothing else does.
"""

import logging
from datetime import timedelta

from django.utils import timezone

from audit import log
from waha import hookup, sessions, watch
from waha.gateway.answers import SessionInfo
from waha.gateway.client import Refused, WahaClient
from waha.models import Alarm, WahaSession

logger = logging.getLogger(__name__)

# Putting a config restarts the session: once, and if that did not help, an alarm.
PUT_AGAIN_AFTER = timedelta(minutes=30)
SETTLING = timedelta(minutes=2)
RUNNING = {
    "STARTING",
    "SCAN_QR_CODE",
    "PASSKEY_REQUIRED",
    "PASSKEY_CONFIRMATION_REQUIRED",
    "WORKING",
}


def tend(client: WahaClient, number: WahaSession, info: SessionInfo | None) -> SessionInfo | None:
    """Set one session right if it is not; returns what WAHA says after that.

    Raises WahaError.
    """
    if number.stranger_id and not _is_own_again(number, info):
        return _stop(client, number, info)
    if info is None:
        return _make_again(client, number) if number.is_wanted else None
    if hookup.is_kept(number, info.config):
        watch.calm(number, Alarm.CONFIG)
        return info
    if info.status not in RUNNING and not _was_forgotten(number, info):
        return info  # it is set right when it is started
    return _put(client, number, info)


def _put(client: WahaClient, number: WahaSession, info: SessionInfo) -> SessionInfo:
    now = timezone.now()
    last = number.config_put_at
    if last is not None and now - last < PUT_AGAIN_AFTER:
        if now - last > SETTLING:
            watch.alarm(number, Alarm.CONFIG)
        return info
    # One worker puts it back, and only what still holds: somebody may have chosen or set up
    # something else since the number and WAHA's answer were read.
    if not WahaSession.objects.filter(pk=number.pk, config_put_at=last).update(config_put_at=now):
        return info
    number.refresh_from_db(fields=["config", "secret", "is_wanted", "removed_at", "config_put_at"])
    info = client.session(number.waha_name)
    stands = info.status not in RUNNING and not _was_forgotten(number, info)
    if number.removed_at or stands or hookup.is_kept(number, info.config):
        return info
    logger.warning("session %s: WAHA had lost our settings; they are put back", number.pk)
    put = client.update_session(number.waha_name, hookup.config(number, info.config))
    if info.status not in RUNNING:
        put = client.start_session(number.waha_name)
    log.record("session.config_put_back", target=number, by=None)
    return SessionInfo(put.name, put.status, info.me, info.engine, put.config)


def _make_again(client: WahaClient, number: WahaSession) -> SessionInfo | None:
    """Make a session that WAHA has lost altogether; its phone has to be paired again."""
    logger.warning("session %s: WAHA had lost it; it is made again", number.pk)
    try:
        info = client.create_session(number.waha_name, hookup.config(number, {}), start=True)
    except Refused as refusal:
        logger.warning("session %s: %s", number.pk, refusal.reason)
        return None
    log.record("session.made_again", target=number, by=None)
    return info


def _stop(client: WahaClient, number: WahaSession, info: SessionInfo | None) -> SessionInfo | None:
    """Stop a session under which another account turned up, until a person has decided."""
    if info is None or info.status not in RUNNING:
        return info
    stopped = client.stop_session(number.waha_name)
    sessions.want(session=number, running=False)
    log.record("session.stopped_stranger", target=number, by=None)
    return SessionInfo(stopped.name, stopped.status, None, info.engine, info.config)


def _is_own_again(number: WahaSession, info: SessionInfo | None) -> bool:
    """Whether the number's own account is connected in place of the other one."""
    return (
        info is not None
        and info.status == "WORKING"
        and info.me is not None
        and not sessions.is_stranger(number, info.me.id)
    )


def _was_forgotten(number: WahaSession, info: SessionInfo) -> bool:
    """Whether a session that should run stands still because WAHA forgot all we told it."""
    return (
        number.is_wanted and info.status == "STOPPED" and not hookup.leads_here(number, info.config)
    )
