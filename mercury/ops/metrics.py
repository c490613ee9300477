"""/metrics in Prometheus's text format: health, queues, numbers, caches, slow statements."""

from collections.abc import Iterator
from secrets import compare_digest

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Sum
from django.http import HttpRequest

from accounts import access_cache
from accounts.permissions import Can
from mercury.ops.findings import State
from mercury.ops.health.check import DatabaseHealthCheck
from mercury.ops.models import SlowQuery

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LEVELS = {State.OK: 0, State.UNKNOWN: 1, State.WARNING: 2, State.BROKEN: 3}
UNITS = {"milliseconds": ("seconds", 0.001)}
"""Prometheus knows base units only."""


def allowed(request: HttpRequest) -> bool | None:
    """True by METRICS_TOKEN or for who may see /ops/; None for a stranger, False for others."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    expected = settings.METRICS_TOKEN
    if expected and scheme.lower() == "bearer":
        return compare_digest(token.strip().encode(), expected.encode()) or None
    if not request.user.is_authenticated:
        return None
    return request.user.has_perm(Can.VIEW_OPS)


def text() -> str:
    """Every figure of the health check, and the counters beside it."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    found = DatabaseHealthCheck().check()
    yield from _head(
        "mercury_health_state", "gauge", "0 ok, 1 unknown, 2 warning, 3 broken, by check."
    )
    for name, finding in found.items():
        yield f'mercury_health_state{{check="{name}"}} {LEVELS[finding.state]}'
    for name, finding in found.items():
        for figure, number in finding.figures.items():
            unit, factor = _unit(figure)
            metric = f"mercury_{name}_{unit}"
            yield from _head(metric, "gauge", f"{unit} of the check {name}.")
            yield f"{metric} {number * factor:.10g}"
    yield from _counters()


def _counters() -> Iterator[str]:
    rate = access_cache.hit_rate()
    yield from _head("mercury_access_cache_total", "counter", "Questions about access, by answer.")
    yield f'mercury_access_cache_total{{answer="hit"}} {rate.hits}'
    yield f'mercury_access_cache_total{{answer="miss"}} {rate.misses}'
    try:
        slow = SlowQuery.objects.aggregate(count=Sum("count"), total=Sum("total_ms"))
    except DatabaseError:
        return
    yield from _head("mercury_slow_statements_kept", "gauge", "Slow statements of the last month.")
    yield f"mercury_slow_statements_kept {slow['count'] or 0}"
    yield from _head("mercury_slow_statements_kept_seconds", "gauge", "The time they took.")
    yield f"mercury_slow_statements_kept_seconds {(slow['total'] or 0) / 1000:.10g}"


def _unit(figure: str) -> tuple[str, float]:
    return UNITS.get(figure, (figure, 1.0))


def _head(name: str, kind: str, words: str) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} {kind}"
