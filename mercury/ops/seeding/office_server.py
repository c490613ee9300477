"""The WAHA server that seeded numbers run on: the one of the environment."""

import secrets

from django.conf import settings

from mercury.db.models import SensitiveData
from waha.models import WahaServer


def first_server() -> WahaServer:
    """The server behind WAHA_URL, made when it is missing."""
    server = WahaServer.objects.filter(url=settings.WAHA_URL).first()
    if server is None:
        secret = SensitiveData.objects.seal({"api_key": settings.WAHA_API_KEY})
        server = WahaServer.objects.create(name="WAHA", url=settings.WAHA_URL, secret=secret)
    return server


def webhook_key() -> str:
    """The key that WAHA signs webhooks with: the environment's, or a new one."""
    return settings.WAHA_HMAC_KEY or secrets.token_urlsafe(32)
