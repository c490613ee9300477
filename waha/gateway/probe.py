"""Posting a signed event to our own webhook address, as WAHA would: does it lead here?"""

import json
from dataclasses import dataclass

import httpx

from waha.gateway.signing import ALGORITHM, sign

TIMEOUT = httpx.Timeout(5.0)
EVENT = "sync.probe"


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """The HTTP status, or None and the kind of failure when there was none."""

    status: int | None
    failure: str = ""


def post(url: str, *, session: str, identity: str, key: str) -> ProbeAnswer:
    """Post one event that changes nothing; never raises. The certificate is not held to, as
    WAHA does not either.
    """
    event = {"id": identity, "event": EVENT, "session": session, "payload": {}}
    body = json.dumps(event).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Webhook-Hmac": sign(key, body),
        "X-Webhook-Hmac-Algorithm": ALGORITHM,
    }
    try:
        with httpx.Client(timeout=TIMEOUT, trust_env=False, verify=False) as client:  # noqa: S501
            return ProbeAnswer(client.post(url, content=body, headers=headers).status_code)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        return ProbeAnswer(None, type(error).__name__)
