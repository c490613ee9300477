"""Where WAHA delivers: prove, commit, answer. Everything else happens later.

WAHA retries every answer but 2xx, with the same bytes, so a duplicate is a success.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, InterfaceError, OperationalError, connections
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from mercury.db.encryption import DecryptionError
from waha.gateway import signing
from waha.gateway.payloads import JsonObject, PayloadError, decode
from waha.gateway.payloads.fields import as_name
from waha.inbound import doors, journal, nudge, outage
from waha.inbound.doors import Door

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
CHUNK = 64 * 1024
# MySQL's and MariaDB's words for a connection that died since its last use.
GONE = {1053, 1927, 2006, 2013, 4031}
AT_ONCE = 0.5
"""Seconds. What fails later was a timeout, and there is no time for another."""

Result = TypeVar("Result")


@csrf_exempt
@login_not_required
@require_POST
def webhook(request: HttpRequest, session_name: str) -> HttpResponse:
    """Store one event of one session, or say why not; 503 when the database is away."""
    if outage.is_known():
        return _away()
    try:
        return _receive(request, session_name)
    except Error as error:
        logger.warning("webhook not stored: %s", type(error).__name__)
        outage.notice(error)
        _let_go()
        return _away()
    except DecryptionError as error:
        # WAHA keeps what it could not hand over and comes again; the key may come back, too.
        logger.error("webhook not stored: %s `manage.py doctor` says what to do.", error)
        return _answer(503, "The key of this number cannot be read: see `manage.py doctor`.")


def _away() -> HttpResponse:
    answer = _answer(503, "The database is away. Please try again.")
    answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def _receive(request: HttpRequest, session_name: str) -> HttpResponse:
    door = _reconnecting(lambda: doors.find(session_name))
    if door is None:
        return _answer(404, "There is no session of this name.")
    body = _body(request)
    if body is None:
        return _answer(413, f"The body is larger than {settings.WEBHOOK_MAX_BYTES} bytes.")
    if not _is_signed(request, door, body):
        return _answer(401, "The signature does not fit: check the HMAC key on both sides.")
    try:
        event = decode(body)
    except PayloadError as refusal:
        return _answer(400, str(refusal))
    if event.get("session") != door.waha_name:
        return _answer(401, "The body belongs to another session.")
    stored = _reconnecting(lambda: _insert(request, door, event, body))
    if stored:
        nudge.drain()
    return _answer(200, "stored" if stored else "stored before")


def _body(request: HttpRequest) -> bytes | None:
    """Return the raw body, None when it is too large: by its announced length, never kept."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > settings.WEBHOOK_MAX_BYTES:
        _discard(request)
        return None
    try:
        body = request.body
    except UnreadablePostError:
        return b""
    return body if len(body) <= settings.WEBHOOK_MAX_BYTES else None


def _discard(request: HttpRequest) -> None:
    """Read on past a body that is too large, though not for ever.

    A sender that is still writing when we hang up sees a broken connection and not our answer.
    """
    left = 2 * settings.WEBHOOK_MAX_BYTES
    with suppress(UnreadablePostError):
        while left > 0 and (chunk := request.read(CHUNK)):
            left -= len(chunk)


def _is_signed(request: HttpRequest, door: Door, body: bytes) -> bool:
    meta = request.META
    return signing.verify(
        door.keys,
        body,
        meta.get("HTTP_X_WEBHOOK_HMAC"),
        meta.get("HTTP_X_WEBHOOK_HMAC_ALGORITHM"),
    )


def _insert(request: HttpRequest, door: Door, event: JsonObject, body: bytes) -> bool:
    return journal.insert(
        session_id=door.session_id,
        event=as_name(event.get("event")),
        envelope_id=as_name(event.get("id")),
        request_id=as_name(request.META.get("HTTP_X_WEBHOOK_REQUEST_ID")),
        body=body,
    )


def _reconnecting(action: Callable[[], Result]) -> Result:
    """Run `action`, once more on a fresh connection when the old one turns out to be dead.

    A row that was stored after all is a duplicate to the second try, which is a success too.
    """
    began = time.monotonic()
    try:
        return action()
    except (OperationalError, InterfaceError) as error:
        dead = isinstance(error, InterfaceError) or (error.args and error.args[0] in GONE)
        if not dead or time.monotonic() - began > AT_ONCE:
            raise
        connections["journal"].close()
        return action()


def _let_go() -> None:
    """Close the failed connection: asking it first whether it lives would cost the next webhook
    a second timeout.
    """
    connection = connections["journal"]
    if not connection.in_atomic_block:
        connection.close()


def _answer(status: int, words: str) -> HttpResponse:
    text = f"{words}\n".encode()
    # Nobody else sets the length without middleware, and a chunked answer is three writes.
    headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(text))}
    return HttpResponse(text, status=status, headers=headers)
