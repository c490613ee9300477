"""Asking WAHA every minute how its sessions are: the truth behind missed status events.

Of each number it sees to its state, its config on WAHA, what was missed and whether it is alive.
"""

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from waha import questions, reachout, sessions, syncs
from waha.gateway.answers import SessionInfo
from waha.gateway.client import WahaClient, WahaError
from waha.inbound import strangers, upkeep, watchdog
from waha.models import SessionStatus, SyncKind, SyncState, WahaServer, WahaSession, WahaSync
from waha.servers import client_of

logger = logging.getLogger(__name__)

# We ask every minute, so a longer pause is one of ours or of the server's.
OUTAGE = timedelta(minutes=3)
PAIRING = timedelta(minutes=10)
ROUTINE = timedelta(minutes=5)


def sync_sessions() -> int:
    """Bring the state of every number in line with its server; returns how many it read.

    A server that does not answer keeps its old `last_seen_at`, by which the pages tell. No
    transaction is open while WAHA is asked.
    """
    servers = WahaServer.objects.filter(sessions__isnull=False).select_related("secret")
    return sum(sync_server(server) for server in servers.distinct())


def sync_pairing() -> int:
    """Ask after the numbers that are being connected; returns how many there are.

    Somebody sits before the page and waits, and with a webhook address that does not lead here
    nothing else would tell.
    """
    begun = timezone.now() - PAIRING
    numbers = WahaSession.objects.kept().filter(
        status__in=(SessionStatus.CONNECTING, SessionStatus.SCAN_QR), status_changed_at__gt=begun
    )
    for number in numbers.select_related("server__secret"):
        asked_at = timezone.now()
        try:
            note(number, client_of(number.server).session(number.waha_name), asked_at)
        except WahaError as error:
            logger.info("session %s: %s", number.pk, error.reason)
    return len(numbers)


def sync_server(server: WahaServer) -> int:
    """Read one server's sessions into our numbers; returns how many of ours it answered for."""
    client, asked_at = client_of(server), timezone.now()
    try:
        version = client.server_version()
        told = {info.name: info for info in client.sessions()}
    except WahaError as error:
        logger.warning("WAHA server %s: %s", server.pk, error.reason)
        WahaServer.objects.filter(pk=server.pk).update(last_error=error.reason[:255])
        return 0
    WahaServer.objects.filter(pk=server.pk).update(
        version=version.version[:50],
        engine=version.engine[:20],
        last_seen_at=asked_at,
        last_error="",
        updated_at=asked_at,
    )
    server.engine = version.engine[:20]
    numbers = WahaSession.objects.kept().filter(server=server).select_related("secret")
    for number in numbers:
        number.server = server
        _sync_number(client, number, told.get(number.waha_name), asked_at)
    return len(numbers)


def _sync_number(
    client: WahaClient, number: WahaSession, info: SessionInfo | None, asked_at: datetime
) -> None:
    """See to one number, whatever happens: a fault of one must not stop the others."""
    last = number.last_synced_at
    try:
        told = upkeep.tend(client, number, info)
        # A session that WAHA has lost does not run.
        note(number, told or SessionInfo(number.waha_name, "STOPPED"), asked_at)
        WahaSession.objects.filter(pk=number.pk).update(last_synced_at=asked_at)
        if number.status == SessionStatus.WORKING:
            if told and told.me and not number.stranger_id:
                strangers.settle(number, as_of=asked_at)
            _ask_for_missed(number, last, asked_at)
            questions.keep_up(number)
            watchdog.look(client, number)
    except WahaError as error:
        logger.warning("session %s: %s", number.pk, error.reason)


def note(number: WahaSession, info: SessionInfo, asked_at: datetime) -> None:
    """Take what WAHA answered about a session into our row."""
    me = info.me
    me_id = me.id if me else ""
    is_news = info.status != number.waha_status or (me_id and me_id != number.me_id)
    if is_news or (me_id and number.stranger_id):
        # As of the question: an event that came meanwhile is newer and stays.
        sessions.apply_status(
            session=number,
            waha_status=info.status,
            at=asked_at,
            me_id=me_id,
            push_name=me.push_name if me else "",
        )
    if me is not None and me.timelock is not None:
        reachout.note(number.pk, me.timelock, asked_at)


def _ask_for_missed(number: WahaSession, last: datetime | None, asked_at: datetime) -> None:
    """Have the history read after a time in which nobody looked, and every few minutes anyway."""
    if last is not None and asked_at - last > OUTAGE:
        syncs.reconcile(session=number, outage_from=last)
        return
    known = number.reconciled_to
    if known is None:
        # Connected before we kept account of it: from here on nothing is missed.
        WahaSession.objects.filter(pk=number.pk).update(reconciled_to=last or asked_at)
    elif asked_at - known > ROUTINE and not _is_being_read(number):
        syncs.reconcile(session=number)


def _is_being_read(number: WahaSession) -> bool:
    rows = WahaSync.objects.filter(session=number, kind=SyncKind.RECONCILE, state=SyncState.DUE)
    return rows.exists()
