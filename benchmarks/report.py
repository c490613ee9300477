"""One line a figure: what, the ratio or number, the goal, and whether it is met; timed pages."""

import statistics
import time
from dataclasses import dataclass

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


@dataclass(frozen=True)
class Figure:
    """A measured figure with its goal; `least` goals are reached from above, others from below."""

    what: str
    value: float
    goal: float
    least: bool
    unit: str = ""
    detail: str = ""

    @property
    def met(self) -> bool:
        return self.value >= self.goal if self.least else self.value <= self.goal

    def __str__(self) -> str:
        sign = "≥" if self.least else "≤"
        mark = "ok  " if self.met else "MISS"
        figure = f"{self.value:.2f}{self.unit}"
        return (
            f"{mark} {self.what:<44} {figure:>10} ({sign} {self.goal:g}{self.unit})  {self.detail}"
        )


@dataclass(frozen=True, slots=True)
class Timed:
    """A warm page: milliseconds, and how many times the work of another page it is; medians."""

    ms: float
    yardsticks: float
    queries: int

    @classmethod
    def page(cls, client: Client, url: str, yardstick: str, rounds: int) -> "Timed":
        """Ask for both in turns: what else the machine does slows both of a pair alike."""
        pairs = [
            (_milliseconds(client, url), _milliseconds(client, yardstick)) for _ in range(rounds)
        ]
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return cls(
            ms=statistics.median(ms for ms, _ in pairs),
            yardsticks=statistics.median(ms / other for ms, other in pairs),
            queries=len(captured),
        )

    def against(self, fewer: "Timed", what: str, goal: float) -> list[Figure]:
        """How many times the work of a page over fewer rows it is, and its queries."""
        times = self.yardsticks / fewer.yardsticks
        detail = f"{self.ms:.1f} ms : {fewer.ms:.1f} ms, {self.queries} : {fewer.queries} queries"
        return [
            Figure(what, times, goal, False, detail=detail),
            Figure(f"{what}, queries", self.queries / fewer.queries, 1.0, False),
        ]


def _milliseconds(client: Client, url: str) -> float:
    started = time.perf_counter()
    client.get(url)
    return (time.perf_counter() - started) * 1000
