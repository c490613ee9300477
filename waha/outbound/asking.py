"""Letting WAHA do something now, while a person waits, and putting it on record.

What WhatsApp has taken goes the way of any news, through the journal: some engines tell us of our
own changes and some do not, and one that is told twice changes nothing.
"""

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import log
from mercury.celery import hint
from waha.gateway.client import NotSent, OutcomeUnknown, Refused, WahaClient
from waha.models import WahaChat, WahaEvent, WahaSession
from waha.outbound import breaker
from waha.outbound.outbox import closed_reason
from waha.outbound.refusals import MessageRefused

if TYPE_CHECKING:
    from accounts.models import User

Answer = TypeVar("Answer")

# A person waits for the answer: shorter than the worker's limits.
PATIENCE = httpx.Timeout(connect=3.0, read=8.0, write=5.0, pool=3.0)


def ask(
    session: WahaSession, do: Callable[[WahaClient], Answer], *, chat: WahaChat | None = None
) -> Answer:
    """Let WAHA do what may be done twice, so that a person may try again. Raises MessageRefused.

    With `chat` only where one may write.
    """
    if reason := closed_reason(session, chat):
        raise MessageRefused(reason)
    away = _("WhatsApp cannot be reached right now. Try again in a minute.")
    if breaker.is_resting(session.server_id):
        raise MessageRefused(away)
    client = WahaClient(session.server.url, session.server.api_key, timeout=PATIENCE)
    try:
        answer = do(client)
    except NotSent as error:
        breaker.failed(session.server_id)
        raise MessageRefused(away) from error
    except OutcomeUnknown as error:
        raise MessageRefused(
            _("WhatsApp did not answer in time. Look whether it worked, or try again.")
        ) from error
    except Refused as refusal:
        raise MessageRefused(refusal.reason) from refusal
    breaker.succeeded(session.server_id)
    return answer


@transaction.atomic
def journal(
    session: WahaSession,
    events: list[tuple[str, dict[str, Any]]],
    entry: str,
    target: models.Model,
    by: "User",
    *,
    at: datetime | None = None,
    **values: Any,
) -> None:
    """Write what was done into the journal, as (event, payload), and into the audit log.

    It was done just now unless `at` says when.
    """
    for event, payload in events:
        identity = f"own_{secrets.token_hex(12)}"
        body = {
            "id": identity,
            "timestamp": round((at or timezone.now()).timestamp() * 1000),
            "event": event,
            "session": session.waha_name,
            "payload": payload,
        }
        WahaEvent.objects.create(
            session=session,
            event=event,
            envelope_id=identity,
            body=json.dumps(body, ensure_ascii=False).encode(),
        )
    log.record(entry, target=target, by=by, **values)
    hint("drain")
