"""Errors to a Sentry of one's own, where SENTRY_DSN names one; scrubbed as everything else."""

import importlib
import logging
from typing import Any

from django.conf import settings

from audit import context, masking

logger = logging.getLogger(__name__)

# Requests, people, breadcrumbs and variables hold what customers wrote: nothing of it goes out.
LEFT_OUT = ("request", "user", "breadcrumbs", "extra", "server_name")


def start() -> bool:
    """Begin to report, in each process; False where there is nothing to report to."""
    if not settings.SENTRY_DSN:
        return False
    try:
        sdk = importlib.import_module("sentry_sdk")
    except ImportError:
        logger.warning("SENTRY_DSN is set, but there is no sentry-sdk: `pip install sentry-sdk`.")
        return False
    sdk.init(
        dsn=settings.SENTRY_DSN,
        send_default_pii=False,
        include_local_variables=False,
        max_breadcrumbs=0,
        before_send=scrubbed,
    )
    return True


def scrubbed(event: dict[str, Any], hint: Any) -> dict[str, Any]:
    """The event with the request's id, by which `/errors/` finds it, and without its words."""
    for name in LEFT_OUT:
        event.pop(name, None)
    event["tags"] = {"request_id": context.current().request_id, "road": context.current().tags}
    for error in event.get("exception", {}).get("values", []):
        error["value"] = masking.scrub_error(str(error.get("value", "")))
    if "logentry" in event:
        event["logentry"] = {"message": masking.scrub(str(event["logentry"].get("message", "")))}
    return event
