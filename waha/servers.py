"""WAHA servers, and the client that speaks to the one behind a number."""

from django.conf import settings
from django.db import transaction

from mercury.db.models import SensitiveData
from waha.gateway.client import WahaClient
from waha.models import WahaServer, WahaSession

FIRST_NAME = "WAHA"


def client_for(session: WahaSession) -> WahaClient:
    """The client of the server that runs `session`.

    Costs up to two queries unless `server__secret` is loaded. Cheap otherwise: connections are
    pooled by address, so it need not be kept.
    """
    return client_of(session.server)


def client_of(server: WahaServer) -> WahaClient:
    """The client of one server."""
    return WahaClient(server.url, server.api_key)


@transaction.atomic
def first_server() -> WahaServer:
    """The server that new numbers go to; made from WAHA_URL and WAHA_API_KEY when there is none.

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
