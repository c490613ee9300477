"""WAHA's ways of saying no, in words for people."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from waha.gateway.errors import ReachoutLocked, Refused

WORDS = {
    400: ("invalid", "WAHA found a mistake in what we asked of it."),
    401: ("key", "WAHA does not accept our API key. An admin has to check it."),
    403: ("forbidden", "Our API key is not allowed to do this. An admin has to check it."),
    404: ("missing", "WAHA does not know this session, chat, message or file."),
    413: ("invalid", "This is too large for WAHA."),
    422: ("unprocessable", "WAHA cannot do this the way things are."),
    501: ("unsupported", "This WAHA's engine cannot do this."),
}
STATE = "The number is not connected ({status}). Connect it, then try again."
LOCKED = (
    "WhatsApp does not let this number write to new contacts for now. "
    "Answering people who wrote before still works."
)
REDIRECT = "WAHA's address redirects elsewhere. An admin has to enter the final address."


def read(response: httpx.Response) -> Refused | None:
    """Return the refusal in an answer, or None for a fault that says nothing about the outcome."""
    status = response.status_code
    body = _body(response)
    if status >= 500 and _is_reachout_lock(body):
        return ReachoutLocked(LOCKED, status=status, code="locked")
    if 300 <= status < 400:
        return Refused(REDIRECT, status=status, code="redirect")
    if status == 422 and isinstance(body.get("expected"), list):
        state = str(body.get("status", "unknown"))
        return Refused(
            STATE.format(status=state), status=status, code="state", session_status=state
        )
    if status in WORDS or 400 <= status < 500:
        code, reason = WORDS.get(status, ("invalid", f"WAHA refused with answer {status}."))
        return Refused(reason, status=status, code=code)
    return None


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds an answer asks us to wait, from either form of the header."""
    value = response.headers.get("Retry-After", "").strip()
    if not value:
        return None
    if value.isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _is_reachout_lock(body: dict[str, Any]) -> bool:
    # WAHA passes WhatsApp's 463 on as a 500 of its own (devlikeapro/waha#1992).
    exception = body.get("exception")
    message = exception.get("message") if isinstance(exception, dict) else body.get("message")
    return isinstance(message, str) and "error 463" in message


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
