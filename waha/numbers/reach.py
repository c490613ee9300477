"""Testing the road from WAHA to us: the address that WAHA is told, and what has come by it."""

import ipaddress
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from waha import hookup
from waha.gateway import probe
from waha.gateway.probe import ProbeAnswer
from waha.models import WahaEvent, WahaSession
from waha.numbers.cards import is_not_heard


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether the road is open, and what to do about it in a sentence or two."""

    is_good: bool
    words: str


def check(session: WahaSession) -> Reach:
    """Post a signed event to the webhook address and look whether it has arrived here.

    Tells the address, the proxy, the key and the database apart. From here, not from WAHA's
    machine: what only that one cannot reach shows in whether WAHA's own events come.
    """
    url = hookup.webhook_url(session)
    key = next(iter(session.hmac_keys), settings.WAHA_HMAC_KEY)
    identity = f"probe_{secrets.token_hex(12)}"
    answer = probe.post(url, session=session.waha_name, identity=identity, key=key)
    if answer.status != 200:
        return Reach(False, _refusal(url, answer))
    if not WahaEvent.objects.filter(session=session, envelope_id=identity).exists():
        return Reach(
            False,
            _("%(url)s leads to another Mercury than this one. Correct WEBHOOK_URL.")
            % {"url": url},
        )
    if _is_elsewhere(session):
        return Reach(
            False,
            _(
                "%(url)s is this machine to itself, but WAHA runs elsewhere and cannot reach it "
                "there. Set WEBHOOK_URL to an address at which WAHA reaches Mercury."
            )
            % {"url": url},
        )
    return _heard(session, url)


def _heard(session: WahaSession, url: str) -> Reach:
    if is_not_heard(session):
        return Reach(
            False,
            _(
                "%(url)s works from here, but nothing of WAHA's has arrived by it. Check on "
                "WAHA's machine that it can open this address."
            )
            % {"url": url},
        )
    if session.last_event_at is None:
        return Reach(True, _("%(url)s works. WAHA has not used it yet.") % {"url": url})
    ago = timesince(session.last_event_at)
    return Reach(
        True, _("%(url)s works. WAHA's last event came %(ago)s ago.") % {"url": url, "ago": ago}
    )


def _refusal(url: str, answer: ProbeAnswer) -> str:
    if answer.status is None:
        return _(
            "%(url)s cannot be reached (%(failure)s). Set PUBLIC_URL, or WEBHOOK_URL where WAHA "
            "needs another address, and check that Mercury's web process listens there."
        ) % {"url": url, "failure": answer.failure}
    if answer.status == 503:
        return _("%(url)s answers that the database is away. Try again in a moment.") % {"url": url}
    if answer.status == 401:
        return _("%(url)s refuses our signature: another Mercury answers there.") % {"url": url}
    return _(
        "%(url)s answers %(status)s instead of taking the event. Check the proxy in front: "
        "/waha/webhook/ has to reach Mercury unchanged."
    ) % {"url": url, "status": answer.status}


def _is_elsewhere(session: WahaSession) -> bool:
    ours = urlsplit(settings.WEBHOOK_URL).hostname or ""
    return is_loopback(ours) and not is_loopback(urlsplit(session.server.url).hostname or "")


def is_loopback(host: str) -> bool:
    """Whether a host is the machine it is spoken of on."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
