"""Asking WAHA every minute how its sessions are: the truth behind missed status events."""

import logging

from django.utils import timezone

from waha import sessions
from waha.gateway.answers import SessionInfo
from waha.gateway.client import WahaError
from waha.models import WahaServer, WahaSession
from waha.servers import client_of

logger = logging.getLogger(__name__)


def sync_sessions() -> int:
    """Bring the state of every number in line with its server; returns how many it read.

    A server that does not answer keeps its old `last_seen_at`, by which the pages tell. No
    transaction is open while WAHA is asked.
    """
    servers = WahaServer.objects.filter(sessions__isnull=False).select_related("secret")
    return sum(sync_server(server) for server in servers.distinct())


def sync_server(server: WahaServer) -> int:
    """Read one server's sessions into our numbers; returns how many of ours it answered for."""
    client, asked_at = client_of(server), timezone.now()
    try:
        version = client.server_version()
        told = {info.name: info for info in client.sessions()}
    except WahaError as error:
        logger.warning("WAHA server %s: %s", server.pk, error.reason)
        return 0
    WahaServer.objects.filter(pk=server.pk).update(
        version=version.version[:50],
        engine=version.engine[:20],
        last_seen_at=asked_at,
        updated_at=asked_at,
    )
    numbers = list(WahaSession.objects.filter(server=server))
    for number in numbers:
        # A session that WAHA has lost does not run.
        info = told.get(number.waha_name) or SessionInfo(number.waha_name, "STOPPED")
        me_id = info.me.id if info.me else ""
        if info.status != number.waha_status or (me_id and me_id != number.me_id):
            # As of the question: an event that came meanwhile is newer and stays.
            sessions.apply_status(session=number, waha_status=info.status, at=asked_at, me_id=me_id)
    WahaSession.objects.filter(server=server).update(last_synced_at=asked_at)
    return len(numbers)
