"""Search over a company's whole history, against the chat page and against LIKE.

A rare word, a word in one message of twenty, and words between the two; on one server, in one
run, by turns. Where SCALE asks for more than a million messages, a million are searched beside
them. Then what feeding the index costs the drain.
"""

import os
import random
import statistics
from contextlib import ExitStack
from itertools import count
from typing import Any
from unittest import mock

from benchmarks import bodies, drain, pages
from benchmarks.data import PLANTED, RARE_ROWS
from benchmarks.finding import HELD_TO_THE_PAGE, WORDS
from benchmarks.report import Figure
from mercury.ops.seeding.factories import make_session
from waha import texts

MILLION = 1_000_000
ROUNDS = 10  # of 10 each, by turns: medians of 100
GOAL, GOAL_BETWEEN = 5.0, 50.0
"""How many times as long as the chat page: rare and frequent words, and those between."""
GOAL_OF_MORE = 3.0
GOAL_OF_FEEDING = 0.75

Measured = dict[str, float]


def run() -> list[Figure]:
    """Compare medians of alternating rounds in schemas of each size."""
    sizes = sorted({pages.size(os.environ.get("SCALE") or "1m"), MILLION})
    if sizes[-1] == MILLION:
        sizes = sizes[:1]  # a smaller one was asked for: that alone
    with ExitStack() as stack:
        processes = [stack.enter_context(pages.process(size)) for size in sizes]
        rounds = [[pages.ask(each, "search") for each in processes] for _ in range(ROUNDS)]
        rivals = [pages.ask(each, "like") for each in processes]
    medians = [_medians([each[which] for each in rounds]) for which in range(len(sizes))]
    figures = []
    for size, found, rival in zip(sizes, medians, rivals, strict=True):
        figures += _beside_page(size, found, rival)
    if len(sizes) > 1:
        figures += _beside_fewer(sizes, medians)
    return [*figures, _feeding()]


def _medians(measured: list[dict[str, Any]]) -> Measured:
    names = measured[0]
    return {name: statistics.median(ms for each in measured for ms in each[name]) for name in names}


def _beside_page(size: int, found: Measured, rivals: dict[str, Any]) -> list[Figure]:
    page = found["chat page"]
    figures = []
    for word in WORDS:
        rival = rivals[word]
        figures.append(
            Figure(
                f"search for {_share(word)} of {size:,} / chat page", found[word] / page,
                GOAL if word in HELD_TO_THE_PAGE else GOAL_BETWEEN, least=False,
                detail=f"{found[word]:.1f} ms : {page:.1f} ms by {rival['plan']}; "
                f"LIKE {rival['like']:,.1f} ms",
            )
        )  # fmt: skip
    return figures


def _beside_fewer(sizes: list[int], medians: list[Measured]) -> list[Figure]:
    few, many = medians
    return [
        Figure(
            f"search for {_share(word)}: {sizes[1]:,} / {sizes[0]:,} messages",
            many[word] / few[word], GOAL_OF_MORE, least=False,
            detail=f"{many[word]:.1f} ms : {few[word]:.1f} ms",
        )
        for word in WORDS
    ]  # fmt: skip


def _share(word: str) -> str:
    return f"1 in {PLANTED[word]:,}" if word in PLANTED else f"{RARE_ROWS} messages"


def _feeding() -> Figure:
    """The drain's rate with the index fed, over its rate without; rounds alternate."""
    sessions = [
        make_session(name=f"bench-search-{number}", phone=bodies.OWN_PHONE)
        for number in range(drain.SESSIONS)
    ]
    chance, numbers = random.Random(drain.SEED), count(10**7)
    drain.make_chats(sessions, numbers)
    ratios, rates = [], []
    for _ in range(drain.ROUNDS):
        fed = drain.drained(sessions, chance, numbers)
        with mock.patch.object(texts, "record"):
            starved = drain.drained(sessions, chance, numbers)
        ratios.append(fed / starved)
        rates.append((fed, starved))
    fed, starved = (statistics.median(column) for column in zip(*rates, strict=True))
    return Figure(
        "drain with the index fed / without", statistics.median(ratios), GOAL_OF_FEEDING,
        least=True,
        detail=f"{fed:.0f}/s : {starved:.0f}/s, rounds {min(ratios):.2f}–{max(ratios):.2f}",
    )  # fmt: skip
