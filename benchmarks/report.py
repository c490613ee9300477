"""One line a figure: what, the ratio or number, the goal, and whether it is met; timed pages."""

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
    """A warm page: milliseconds at its fastest, and of another page that was asked in turns."""

    ms: float
    yardstick: float
    queries: int

    @classmethod
    def page(cls, client: Client, url: str, yardstick: str, rounds: int) -> "Timed":
        """Ask for both in turns: what else the machine does slows both alike."""
        took: dict[str, list[float]] = {url: [], yardstick: []}
        for _ in range(rounds):
            for each, times in took.items():
                started = time.perf_counter()
                client.get(each)
                times.append((time.perf_counter() - started) * 1000)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return cls(min(took[url]), min(took[yardstick]), len(captured))

    def against(self, fewer: "Timed", what: str, goal: float) -> list[Figure]:
        """How many times the work of a page over fewer rows it is, and its queries."""
        times = (self.ms / self.yardstick) / (fewer.ms / fewer.yardstick)
        detail = f"{self.ms:.1f} ms : {fewer.ms:.1f} ms, {self.queries} : {fewer.queries} queries"
        return [
            Figure(what, times, goal, False, detail=detail),
            Figure(f"{what}, queries", self.queries / fewer.queries, 1.0, False),
        ]
