"""(c) Warm page times where there are ten times as many messages in the same number of chats.

Two schemas on one server, each with a process of its own that measures in turn.
"""

import json
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connection

from benchmarks.report import Figure

SMALL = 100_000
ROUNDS = 5
MOST_QUERIES = 8
GOAL = 1.2
MULTIPLES = {"": 1, "k": 1_000, "m": 1_000_000}


def run() -> list[Figure]:
    """Compare medians of alternating rounds; queries are counted in both."""
    large = size(os.environ.get("SCALE") or "1m")
    with ExitStack() as stack:
        both = [stack.enter_context(process(n)) for n in (SMALL, large)]
        queries = [ask(pages, "queries") for pages in both]
        rounds = [[ask(pages, "times") for pages in both] for _ in range(ROUNDS)]
    figures = []
    for name in rounds[0][0]:
        few = statistics.median(small[name] for small, _ in rounds)
        many = statistics.median(large[name] for _, large in rounds)
        ratios = [large[name] / small[name] for small, large in rounds]
        figures.append(
            Figure(
                f"{name}: {large:,} / {SMALL:,} messages", statistics.median(ratios), GOAL,
                least=False,
                detail=f"{many:.1f} ms : {few:.1f} ms, rounds {min(ratios):.2f}–{max(ratios):.2f}",
            )
        )  # fmt: skip
        most = max(each[name] for each in queries)
        figures.append(Figure(f"{name}: queries", most, MOST_QUERIES, least=False))
    return figures


def size(text: str) -> int:
    """`10m` → 10,000,000. Raises SystemExit with words."""
    match = re.fullmatch(r"(\d+)([km]?)", text.strip().lower())
    if not match or (found := int(match[1]) * MULTIPLES[match[2]]) < SMALL:
        raise SystemExit(f"SCALE is {text!r}; write 1m or 10m, and at least 100k.")
    return found


@contextmanager
def process(messages: int, **more: str) -> Iterator["subprocess.Popen[str]"]:
    """A measuring process over a schema of its own, which the next one on this server reuses.

    `more` are environment variables; `{url}` in them is the schema's address.
    """
    url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/bench_{messages}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS bench_{messages} CHARACTER SET utf8mb4")
    more = {name: value.format(url=url) for name, value in more.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.page_process", str(messages)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "DATABASE_URL": url, **more},
    )  # fmt: skip
    try:
        _answer(process)
        yield process
    finally:
        process.kill()  # it only measures: nothing to end gently
        process.wait()


def ask(process: "subprocess.Popen[str]", what: str) -> dict[str, Any]:
    """What the process answers to a line."""
    assert process.stdin
    process.stdin.write(f"{what}\n")
    process.stdin.flush()
    return dict(_answer(process))


def _answer(pages: "subprocess.Popen[str]") -> Any:
    """The next line of JSON; other lines are words for people."""
    assert pages.stdout
    for line in pages.stdout:
        if line.startswith("{"):
            return json.loads(line)
        print(line, end="", flush=True)
    raise AssertionError("A measuring process ended; its words stand above.")
