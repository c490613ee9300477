"""What the administration can do with messages on their way: send again, or discard."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from waha.models import Level, WahaOutbox
from waha.models.sharing import session_ids
from waha.outbound import outbox
from waha.outbound.outbox import MessageRefused


def retry(by: User, rows: QuerySet[WahaOutbox], request: HttpRequest) -> None:
    """Send failed and unconfirmed ones again, where `by` may answer; says what was refused."""
    done = _each(by, rows, request, lambda row: outbox.retry(message=row.message, by=by))
    words = ngettext("%(n)s message is tried again.", "%(n)s messages are tried again.", done)
    messages.info(request, words % {"n": done})


def discard(by: User, rows: QuerySet[WahaOutbox], request: HttpRequest) -> None:
    """Delete those that did not go out, where `by` may answer; says what was refused."""
    done = _each(by, rows, request, lambda row: outbox.discard(message=row.message, by=by))
    words = ngettext("%(n)s message discarded.", "%(n)s messages discarded.", done)
    messages.info(request, words % {"n": done})


def _each(
    by: User, rows: QuerySet[WahaOutbox], request: HttpRequest, act: Callable[[WahaOutbox], Any]
) -> int:
    answered = set(session_ids(by, Level.REPLY))
    done, refused = 0, set()
    for row in rows.select_related("message", "session"):
        if row.session_id not in answered:
            refused.add(_("You may not answer on %(number)s.") % {"number": row.session})
            continue
        try:
            act(row)
            done += 1
        except MessageRefused as refusal:
            refused.add(str(refusal))
    for sentence in sorted(refused):
        messages.error(request, sentence)
    return done
