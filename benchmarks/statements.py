"""SQL time and rows touched by the inbox's reads, where there are ten times as many messages."""

import os
import statistics
from contextlib import ExitStack
from typing import Any

from benchmarks import pages
from benchmarks.report import Figure

ROUNDS = 20  # of 10 each, by turns: medians of 200
GOAL, GOAL_OF_MORE = 1.2, 1.5
MILLION = 1_000_000
# A page's messages of ours look up who wrote them, and there is one more or less on each page.
ROWS_GOAL = 1.05


def run() -> list[Figure]:
    """Compare medians of 200 reads, taken in turns, and the rows that each touched."""
    large = pages.size(os.environ.get("SCALE") or "1m")
    goal = GOAL if large <= MILLION else GOAL_OF_MORE
    with ExitStack() as stack:
        both = [stack.enter_context(pages.process(n)) for n in (pages.SMALL, large)]
        rounds = [[pages.ask(each, "reads") for each in both] for _ in range(ROUNDS)]
    figures = []
    for name in rounds[0][0]:
        few, many = (_median([each[which][name] for each in rounds]) for which in (0, 1))
        figures.append(
            Figure(
                f"{name}: {large:,} / {pages.SMALL:,} messages", many / few, goal, least=False,
                detail=f"{many:.2f} ms : {few:.2f} ms",
            )
        )  # fmt: skip
        rows = [rounds[-1][which][name]["rows"] for which in (0, 1)]
        figures.append(
            Figure(
                f"{name}: rows touched", rows[1] / rows[0], ROWS_GOAL, least=False,
                detail=f"{rows[1]} : {rows[0]}",
            )
        )  # fmt: skip
    return figures


def _median(measured: list[dict[str, Any]]) -> float:
    times: list[float] = [time for each in measured for time in each["ms"]]
    return statistics.median(times)
