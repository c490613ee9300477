"""Starting and stopping a number on its WAHA server, and the QR code that pairs a phone.

Each function talks to WAHA outside any transaction and raises WahaError, whose reason is fit
to show.
"""

from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit import log
from waha import sessions
from waha.gateway.answers import Json, SessionInfo
from waha.gateway.client import Refused, WahaClient
from waha.models import WahaSession
from waha.servers import client_for

EVENTS = (
    "message.any",
    "message.reaction",
    "message.ack",
    "message.ack.group",
    "message.waiting",
    "message.edited",
    "message.revoked",
    "session.status",
    "group.v2.join",
    "group.v2.leave",
    "group.v2.participants",
    "group.v2.update",
    "poll.vote",
    "poll.vote.failed",
    "chat.archive",
    "call.received",
    "call.accepted",
    "call.rejected",
    "label.upsert",
    "label.deleted",
    "label.chat.added",
    "label.chat.deleted",
    "event.response",
    "event.response.failed",
)
# About an hour in all: WAHA's own default gives up after 30 seconds, less than a deployment.
RETRIES = {"policy": "exponential", "delaySeconds": 2, "attempts": 10}


def webhook_url(session: WahaSession) -> str:
    """Where WAHA sends this number's events."""
    return urljoin(settings.WEBHOOK_URL, reverse("inbound:webhook", args=[session.name]))


def start(*, session: WahaSession, by: User) -> None:
    """Start a number; on a server that does not know it yet, make it there first.

    Events come only where the session's webhook leads here, so a missing one is added, which
    restarts a running session.
    """
    client, asked_at = client_for(session), timezone.now()
    try:
        info = client.session(session.waha_name)
    except Refused as refusal:
        if refusal.code != "missing":
            raise
        info = client.create_session(session.waha_name, _config(session, {}), start=True)
    else:
        info = _start_known(client, session, info)
    _note("session.started", session, info, asked_at, by)


def stop(*, session: WahaSession, by: User) -> None:
    """Stop a number; the phone stays paired."""
    asked_at = timezone.now()
    info = client_for(session).stop_session(session.waha_name)
    _note("session.stopped", session, info, asked_at, by)


def restart(*, session: WahaSession, by: User) -> None:
    """Stop and start a number, which mends a connection that hangs."""
    asked_at = timezone.now()
    info = client_for(session).restart_session(session.waha_name)
    _note("session.restarted", session, info, asked_at, by)


def qr_png(session: WahaSession) -> bytes:
    """The QR code to scan now, as a PNG; it changes every 20 to 60 seconds."""
    return client_for(session).qr_png(session.waha_name)


def _start_known(client: WahaClient, session: WahaSession, info: SessionInfo) -> SessionInfo:
    if not _leads_here(session, info.config):
        info = client.update_session(session.waha_name, _config(session, info.config))
    if info.status == "FAILED":
        return client.restart_session(session.waha_name)
    return client.start_session(session.waha_name)


def _leads_here(session: WahaSession, config: Json) -> bool:
    hooks: Any = config.get("webhooks") or []
    return any(hook.get("url") == webhook_url(session) for hook in hooks)


def _config(session: WahaSession, known: Json) -> Json:
    """The whole config to put: what the server has, our webhook added to it."""
    key = next(iter(session.hmac_keys), "")
    hook = {
        "url": webhook_url(session),
        "events": list(EVENTS),
        "hmac": {"key": key},
        "retries": RETRIES,
    }
    others = [each for each in known.get("webhooks") or [] if each.get("url") != hook["url"]]
    return {
        "ignore": {"status": True, "channels": True, "broadcast": True},
        # Without markOnline=False the paired phone stops ringing for new messages.
        "noweb": {"markOnline": False, "store": {"enabled": True, "fullSync": False}},
        **known,
        "webhooks": [*others, hook],
    }


def _note(event: str, session: WahaSession, info: SessionInfo, asked_at: Any, by: User) -> None:
    log.record(event, target=session, by=by)
    sessions.apply_status(session=session, waha_status=info.status, at=asked_at)
