"""Small charts of the last day, drawn on the server as SVG: no script, nothing the CSP forbids."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mercury.ops.findings import ORDER, State
from mercury.ops.models import HealthSample

WIDTH, HEIGHT = 288, 56
GAP = timedelta(minutes=12)
"""Two samples further apart are not joined: nobody looked between them."""


@dataclass(frozen=True, slots=True)
class Series:
    """What a chart shows: a figure of the samples and how its numbers are written."""

    title: str | Promise
    figure: str
    words: Callable[[float], str]
    least_top: float


@dataclass(frozen=True, slots=True)
class Hour:
    """One line of the table beside a chart."""

    at: datetime
    lowest: str
    highest: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One drawn chart: `lines` are the points of its pieces, a gap between each two."""

    title: str | Promise
    lines: list[str]
    last: str
    highest: str
    hours: list[Hour]
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the band that shows how everything was."""

    x: float
    width: float
    state: str


def _milliseconds(number: float) -> str:
    return _("%(number)s ms") % {"number": f"{number:.0f}" if number >= 10 else f"{number:.1f}"}


def _seconds(number: float) -> str:
    if number >= 2 * 3600:
        return _("%(number)s h") % {"number": f"{number / 3600:.0f}"}
    if number >= 120:
        return _("%(number)s min") % {"number": f"{number / 60:.0f}"}
    return _("%(number)s s") % {"number": f"{number:.0f}"}


def _percent(number: float) -> str:
    return f"{number * 100:.0f} %"


SERIES = (
    Series(gettext_lazy("Looking up a row"), "query_performance.milliseconds", _milliseconds, 10),
    Series(gettext_lazy("Oldest incoming event"), "incoming_events.seconds", _seconds, 30),
    Series(gettext_lazy("Oldest outgoing message"), "outgoing_messages.seconds", _seconds, 30),
    Series(gettext_lazy("Silence of the workers"), "workers.drain_seconds", _seconds, 60),
    Series(gettext_lazy("Replicas behind"), "replication_lag.seconds", _seconds, 3),
    Series(gettext_lazy("Size of the database"), "storage_usage.bytes", filesizeformat, 1),
    Series(gettext_lazy("Room on the disk"), "disk.free_bytes", filesizeformat, 1),
    Series(gettext_lazy("Access answered from the cache"), "access_cache.share", _percent, 1),
)


def charts(samples: list[HealthSample], now: datetime) -> list[Chart]:
    """A chart for each series that has figures."""
    return [chart for series in SERIES if (chart := _chart(series, samples, now))]


def band(samples: list[HealthSample], now: datetime) -> list[Stretch]:
    """How everything was over the day: each sample holds until the next one, or for GAP."""
    found = []
    nexts = [*(sample.at for sample in samples[1:]), now]
    for sample, until in zip(samples, nexts, strict=False):
        start, end = _x(sample.at, now), _x(min(until, sample.at + GAP), now)
        known = sample.state if sample.state in ORDER else State.UNKNOWN
        found.append(Stretch(round(start, 1), round(max(end - start, 0.5), 1), known))
    return found


def _chart(series: Series, samples: list[HealthSample], now: datetime) -> Chart | None:
    points = [
        (sample.at, float(sample.figures[series.figure]))
        for sample in samples
        if series.figure in sample.figures
    ]
    if not points:
        return None
    top = max(series.least_top, max(number for _at, number in points))
    return Chart(
        series.title,
        _lines(points, top, now),
        series.words(points[-1][1]),
        series.words(max(number for _at, number in points)),
        _hours(points, series.words),
    )


def _lines(points: list[tuple[datetime, float]], top: float, now: datetime) -> list[str]:
    pieces: list[list[str]] = []
    before: datetime | None = None
    for at, number in points:
        if before is None or at - before > GAP:
            pieces.append([])
        y = HEIGHT - 3 - number / top * (HEIGHT - 6)
        pieces[-1].append(f"{_x(at, now):.1f},{y:.1f}")
        before = at
    # A point alone would be invisible as a line of no length.
    return [" ".join(piece if len(piece) > 1 else piece * 2) for piece in pieces]


def _hours(points: list[tuple[datetime, float]], words: Callable[[float], str]) -> list[Hour]:
    by_hour: dict[datetime, list[float]] = {}
    for at, number in points:
        hour = timezone.localtime(at).replace(minute=0, second=0, microsecond=0)
        by_hour.setdefault(hour, []).append(number)
    return [
        Hour(hour, words(min(numbers)), words(max(numbers)))
        for hour, numbers in sorted(by_hour.items(), reverse=True)
    ]


def _x(at: datetime, now: datetime) -> float:
    share = 1 - (now - at) / timedelta(hours=24)
    return min(max(share, 0.0), 1.0) * WIDTH
