"""Search over a company's whole history, against the chat page and against LIKE.

A rare word, a word in one message of twenty, and words between the two; all on one server, in
one run, alternating. Then what feeding the index costs the drain.
"""

import os
import random
import statistics
import time
from collections.abc import Callable
from itertools import count
from typing import Any
from unittest import mock

from django.db import connection

from benchmarks import bodies, data, drain, pages
from benchmarks.reads import LARGEST_CHAT
from benchmarks.report import Figure
from mercury.ops.seeding.factories import make_session
from waha import texts
from waha.inbox import pages as inbox_pages
from waha.inbox import threads
from waha.models import WahaMessageText
from waha.models.sharing import session_ids
from waha.search import plans, rebuild
from waha.search.plans import Wanted
from waha.search.query import parse

# {word: one message of so many}; `rare` stands in twelve, whatever the number of messages.
PLANTED = {"kumquat": 20, "quince": 300, "medlar": 3_000}
RARE = "damson"
RARE_ROWS = 12
ROUNDS, WARM_UP = 15, 3
LEAST_ROUNDS = 3


def run() -> list[Figure]:
    """Fill, build the index, and compare medians of alternating rounds."""
    size = pages.size(os.environ.get("SCALE") or "1m")
    user = data.filled(size)
    if not WahaMessageText.objects.exists():
        _plant(size)
        _build(size)
    sessions = tuple(session_ids(user))
    chat_page = _milliseconds(lambda: threads.page(user, inbox_pages.one_chat(user, LARGEST_CHAT)))
    figures = []
    for word in (RARE, *PLANTED):
        wanted = Wanted(sessions, terms=parse(word).terms)
        found = plans.find(wanted)
        ours = _milliseconds(lambda wanted=wanted: plans.find(wanted))
        rival = _milliseconds(lambda word=word: _like(sessions, word), rounds=LEAST_ROUNDS)
        goal = 5.0 if word in (RARE, "kumquat") else 50.0
        figures.append(
            Figure(
                f"search for {_share(word)} / chat page", ours / chat_page, goal, least=False,
                detail=f"{ours:.1f} ms : {chat_page:.1f} ms by {found.plan}; LIKE {rival:.1f} ms",
            )
        )  # fmt: skip
    return [*figures, _feeding()]


def _share(word: str) -> str:
    return f"1 in {PLANTED[word]}" if word in PLANTED else f"{RARE_ROWS} messages"


def _plant(size: int) -> None:
    """Write the words into messages all over the history."""
    with connection.cursor() as cursor:
        for word, one_in in {**PLANTED, RARE: size // RARE_ROWS}.items():
            # The number of a message stands in its last bits, see data.py.
            cursor.execute(
                "UPDATE waha_messages SET content = CONCAT(content, ' ', %s) "
                "WHERE CONV(SUBSTRING(message_id, 5), 16, 10) %% %s = 7",
                [word, one_in],
            )


def _build(size: int) -> None:
    started = time.perf_counter()
    rebuild.run(tell=lambda words: None)
    seconds = time.perf_counter() - started
    print(f"# index of {size} messages in {seconds:.0f} s, {size / seconds:.0f}/s", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE TABLE waha_message_texts")
        cursor.fetchall()


def _like(sessions: tuple[int, ...], word: str) -> list[Any]:
    """What everybody else does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, created_at, content FROM waha_messages WHERE session_id IN %s "
            "AND content LIKE %s ORDER BY created_at DESC, id DESC LIMIT 20",
            [sessions, f"%{word}%"],
        )
        return list(cursor.fetchall())


def _milliseconds(read: Callable[[], object], rounds: int = ROUNDS) -> float:
    times = []
    for number in range(WARM_UP + rounds):
        started = time.perf_counter()
        read()
        if number >= WARM_UP:
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


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
        "drain with the index fed / without", statistics.median(ratios), 0.75, least=True,
        detail=f"{fed:.0f}/s : {starved:.0f}/s, rounds {min(ratios):.2f}–{max(ratios):.2f}",
    )  # fmt: skip
