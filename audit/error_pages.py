"""The list of errors and one error, ready for a page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db.models import Q, QuerySet

from audit.models import ErrorLog
from audit.plain import Explained, explain
from mercury.db import keyset
from mercury.db.keyset import Cursor

SIZE = 50
STATES = ("open", "resolved", "all")


@dataclass(frozen=True, slots=True)
class Card:
    """One error as its row shows it."""

    pk: int
    explained: Explained
    kind: str
    message: str
    count: int
    first_at: datetime
    last_at: datetime
    is_resolved: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Cards in list order and where the next page begins."""

    cards: list[Card]
    next: Cursor | None


def page(errors: QuerySet[ErrorLog], *, state: str, number: str, before: str) -> Page:
    """One page, latest first. `number` is the one that an error page gave somebody."""
    if number:
        errors = errors.filter(
            Q(context__request_id=number) | Q(extra__requests__icontains=f'"{number}"')
        )
    elif state == "open":
        errors = errors.filter(resolved_at__isnull=True)
    elif state == "resolved":
        errors = errors.filter(resolved_at__isnull=False)
    found = keyset.page(errors.defer("extra"), "last_seen_at", Cursor.parse(before), SIZE)
    return Page([card(error) for error in found.rows], found.next)


def card(error: ErrorLog) -> Card:
    """An error in the words of its row."""
    return Card(
        pk=error.pk,
        explained=explain(error),
        kind=error.kind.rpartition(".")[2],
        message=error.message,
        count=error.count,
        first_at=error.first_seen_at,
        last_at=error.last_seen_at,
        is_resolved=error.resolved_at is not None,
    )


def detail(error: ErrorLog) -> dict[str, Any]:
    """One error with all that is known."""
    requests = [str(each) for each in error.extra.get("requests", [])]
    return {
        "error": error,
        "card": card(error),
        "trace": str(error.extra.get("trace", "")),
        "requests": requests[::-1],
        "place": " ".join(str(error.context.get(name, "")) for name in ("method", "url")).strip(),
        "user_id": error.context.get("user_id", ""),
        "logger": error.context.get("logger", ""),
        "sentry_url": sentry_url(requests[-1] if requests else ""),
    }


def sentry_url(request_id: str) -> str:
    """Where Sentry shows what it heard of this request; "" without SENTRY_DSN."""
    parts = urlsplit(settings.SENTRY_DSN)
    if not parts.hostname:
        return ""
    host = "sentry.io" if parts.hostname.endswith(".sentry.io") else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    project = parts.path.rpartition("/")[2]
    query = quote(f"request_id:{request_id}") if request_id else ""
    return f"{parts.scheme}://{host}{port}/issues/?project={project}&query={query}"
