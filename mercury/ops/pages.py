"""The pages of /ops/, behind the permission to see how the installation runs."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import access_cache
from accounts.http import AuthedRequest, is_fragment
from accounts.permissions import Can
from mercury.db import keyset
from mercury.ops import charts, overview
from mercury.ops.health import samples
from mercury.ops.monitoring import indexes, reports, sizes, statements

may_look = permission_required(Can.VIEW_OPS, raise_exception=True)


@require_GET
@may_look
def index(request: AuthedRequest) -> HttpResponse:
    """How everything is, in plain words, and how the last day was; htmx gets the first."""
    now = timezone.now()
    context: dict[str, Any] = {"overview": overview.look(request.user), "now": now}
    if is_fragment(request):
        return render(request, "ops/_checks.html", context)
    history = samples.last_day(now)
    context |= {
        "charts": charts.charts(history, now),
        "band": charts.band(history, now),
        "rate": access_cache.hit_rate(),
        "rate_is_shared": bool(settings.REDIS_URL),
    }
    return render(request, "ops/index.html", context)


@require_GET
@may_look
def statement_list(request: AuthedRequest) -> HttpResponse:
    """Slow statements: ours, the server's count, and its slow log."""
    context = {
        "captured": statements.captured(),
        "digests": statements.digests(),
        "logged": statements.logged(),
        "limit": settings.SLOW_QUERY_MS,
    }
    return render(request, "ops/statements.html", context)


@require_GET
@may_look
def index_list(request: AuthedRequest) -> HttpResponse:
    """Indexes: missing ones, unused ones, and all with their use."""
    context = {"usage": indexes.usage(), "missing": indexes.missing()}
    return render(request, "ops/indexes.html", context)


@require_GET
@may_look
def size_list(request: AuthedRequest) -> HttpResponse:
    """Tables and partitions with their sizes and growth."""
    tables = sizes.tables()
    context = {"tables": tables, "partitions": sizes.partitions(), **sizes.together(tables.rows)}
    return render(request, "ops/sizes.html", context)


@require_GET
@may_look
def report_list(request: AuthedRequest) -> HttpResponse:
    """Working numbers with their messages, and the last day's messages; htmx gets more of these."""
    cursor = keyset.Cursor.parse(request.GET.get("before", ""))
    rows, following = reports.last_day(request.user, cursor)
    context: dict[str, Any] = {"messages_of_day": rows, "next": following}
    if is_fragment(request):
        return render(request, "ops/_message_rows.html", context)
    context["numbers"], context["counted_at"] = reports.working_numbers(request.user)
    return render(request, "ops/reports.html", context)
