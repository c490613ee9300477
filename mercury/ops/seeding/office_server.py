"""The WAHA server that seeded numbers run on."""

import secrets

from django.conf import settings

from mercury.db.models import SensitiveData
from waha.models import WahaServer, WahaSession


def webhook_key() -> str:
    """The key that WAHA signs webhooks with: the environment's, or a new one."""
    return settings.WAHA_HMAC_KEY or secrets.token_urlsafe(32)


def point_at_environment(server: WahaServer, seeded_names: set[str]) -> None:
    """Let the demo's server follow WAHA_URL: its simulator may get another port at a new start.

    A server that also runs numbers nobody seeded is left alone.
    """
    names = WahaSession.objects.filter(server=server).values_list("name", flat=True)
    if server.url == settings.WAHA_URL or set(names) - seeded_names:
        return
    server.url = settings.WAHA_URL
    server.secret = SensitiveData.objects.seal({"api_key": settings.WAHA_API_KEY})
    server.save(update_fields=["url", "secret", "updated_at"])
