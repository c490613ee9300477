"""WAHA servers, and the client that speaks to the one behind a number."""

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from mercury.db.models import SensitiveData
from waha.gateway.client import WahaClient, WahaError
from waha.models import WahaServer, WahaSession

FIRST_NAME = "WAHA"
# What a server without a limit is taken to hold, so that it can be compared with one that has.
ASSUMED_ROOM = 50


def client_for(session: WahaSession) -> WahaClient:
    """The client of the server that runs `session`.

    Costs up to two queries unless `server__secret` is loaded. Cheap otherwise: connections are
    pooled by address, so it need not be kept.
    """
    return client_of(session.server)


def client_of(server: WahaServer) -> WahaClient:
    """The client of one server."""
    return WahaClient(server.url, server.api_key)


class NoRoom(Exception):
    """No server takes another number; the message is fit to show."""


def place() -> WahaServer:
    """The server with most room for a new number: the one with the fewest, by its limit.

    One that did not answer lately is passed over while another did. Raises NoRoom.
    """
    if not WahaServer.objects.exists():
        return first_server()
    running = Count("sessions", filter=Q(sessions__removed_at__isnull=True))
    open_ones = [
        server
        for server in WahaServer.objects.filter(accepts_new=True).annotate(load=running)
        if server.max_sessions is None or _load(server) < server.max_sessions
    ]
    if not open_ones:
        raise NoRoom(_("Every WAHA server is full. An administrator has to add one."))
    return min(open_ones, key=_crowd)


def _load(server: WahaServer) -> int:
    return int(getattr(server, "load", 0))  # counted by the query in `place`


def _crowd(server: WahaServer) -> tuple[bool, float, int]:
    load = _load(server)
    share = load / server.max_sessions if server.max_sessions else load / ASSUMED_ROOM
    return (bool(server.last_error), share, server.pk)


@transaction.atomic
def first_server() -> WahaServer:
    """The first server; made from WAHA_URL and WAHA_API_KEY when there is none.

    What the environment says later changes nothing here: the row is what counts from then on.
    """
    server = WahaServer.objects.order_by("pk").first()
    if server is not None:
        return server
    secret = SensitiveData.objects.seal({"api_key": settings.WAHA_API_KEY})
    server, made = WahaServer.objects.get_or_create(
        name=FIRST_NAME, defaults={"url": settings.WAHA_URL, "secret": secret}
    )
    if not made:  # another process was faster
        secret.delete()
    return server


def check(server: WahaServer) -> str:
    """Ask a server for its version and its sessions; returns what is wrong, "" for nothing."""
    client, asked_at = client_of(server), timezone.now()
    try:
        version = client.server_version()
        client.sessions()
    except WahaError as error:
        WahaServer.objects.filter(pk=server.pk).update(last_error=error.reason[:255])
        return error.reason
    WahaServer.objects.filter(pk=server.pk).update(
        version=version.version[:50],
        engine=version.engine[:20],
        last_seen_at=asked_at,
        last_error="",
    )
    return ""
