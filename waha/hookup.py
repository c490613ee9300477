"""How a session is set up on WAHA: the config that we write, and whether WAHA still has it.

WAHA's PUT replaces all of it and restarts the session, so it is put only where it differs.
"""

from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse

from waha.gateway.answers import Json, as_dict
from waha.models import Engine, WahaSession

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
# What is left out unless somebody wants it; groups come in unless somebody does not.
IGNORED = {"status": True, "channels": True, "broadcast": True, "groups": False}


def webhook_url(session: WahaSession) -> str:
    """Where WAHA sends this number's events."""
    return urljoin(settings.WEBHOOK_URL, reverse("inbound:webhook", args=[session.name]))


def ignored(session: WahaSession) -> dict[str, bool]:
    """What WAHA is to leave out for this number, as was chosen on its page."""
    chosen = as_dict(session.config.get("ignore"))
    return {kind: bool(chosen.get(kind, default)) for kind, default in IGNORED.items()}


def config(session: WahaSession, known: Json) -> Json:
    """The whole config to put: what the server has, with our part of it made right."""
    key = next(iter(session.hmac_keys), "")
    hook = {
        "url": webhook_url(session),
        "events": list(EVENTS),
        "hmac": {"key": key},
        "retries": RETRIES,
    }
    noweb = as_dict(known.get("noweb"))
    return {
        **known,
        "ignore": {**as_dict(known.get("ignore")), **ignored(session)},
        # Without markOnline=False the paired phone stops ringing for new messages; without the
        # store there is no history to fetch what was missed from.
        "noweb": {
            "markOnline": False,
            **noweb,
            "store": {"fullSync": False, **as_dict(noweb.get("store")), "enabled": True},
        },
        "webhooks": [*_others(known, hook["url"]), hook],
    }


def is_kept(session: WahaSession, known: Json) -> bool:
    """Whether WAHA's config of a session still says what we put; WAHA may add to it."""
    url = webhook_url(session)
    hooks = [hook for hook in _hooks(known) if hook.get("url") == url]
    return (
        len(hooks) == 1
        and _is_ours(session, hooks[0])
        and _ignores(known) == ignored(session)
        and _has_store(session, known)
    )


def leads_here(session: WahaSession, known: Json) -> bool:
    """Whether any webhook of a session comes to us."""
    return any(hook.get("url") == webhook_url(session) for hook in _hooks(known))


def _is_ours(session: WahaSession, hook: Json) -> bool:
    events = set(hook.get("events") or ())
    key = as_dict(hook.get("hmac")).get("key")
    policy = as_dict(hook.get("retries")).get("policy")
    return (
        ("*" in events or events >= set(EVENTS))
        and key in {*session.hmac_keys, settings.WAHA_HMAC_KEY} - {""}
        and policy == RETRIES["policy"]
    )


def _ignores(known: Json) -> dict[str, bool]:
    told = as_dict(known.get("ignore"))
    return {kind: bool(told.get(kind)) for kind in IGNORED}


def _has_store(session: WahaSession, known: Json) -> bool:
    if session.server.engine not in {"", Engine.NOWEB}:
        return True
    return bool(as_dict(as_dict(known.get("noweb")).get("store")).get("enabled"))


def _hooks(known: Json) -> list[Json]:
    hooks: Any = known.get("webhooks")
    return [as_dict(hook) for hook in hooks] if isinstance(hooks, list) else []


def _others(known: Json, url: Any) -> list[Json]:
    return [hook for hook in _hooks(known) if hook.get("url") != url]
