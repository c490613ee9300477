"""How long searches take in one schema, beside its chat page and beside LIKE."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from accounts.models import User
from benchmarks.data import FREQUENT, PLANTED, RARE
from benchmarks.reads import LARGEST_CHAT
from waha.inbox import pages as inbox_pages
from waha.inbox import threads
from waha.models import WahaMessage
from waha.models.sharing import session_ids
from waha.search import plans
from waha.search.plans import Wanted
from waha.search.query import parse

WORDS = (RARE, *PLANTED)
HELD_TO_THE_PAGE = (RARE, FREQUENT)
SIZE = 20
REPEATS, WARM_UP = 10, 3


class Searches:
    """The searches of one schema, by the user who sees all of it."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.sessions = tuple(session_ids(user))
        self.chat = inbox_pages.one_chat(user, LARGEST_CHAT)

    def measure(self) -> dict[str, Any]:
        """{"chat page": ms of each time, word: the same}, one after the other."""
        found = {"chat page": _milliseconds(lambda: threads.page(self.user, self.chat))}
        for word in WORDS:
            wanted = self._wanted(word)
            found[word] = _milliseconds(lambda wanted=wanted: plans.find(wanted, size=SIZE))
        return found

    def against_like(self) -> dict[str, Any]:
        """{word: {"plan": how it was found, "like": ms of LIKE}}; both find the same messages."""
        found = {}
        for word in WORDS:
            hits = plans.find(self._wanted(word), size=SIZE)
            started = time.perf_counter()
            rival = self._like(word)
            took = (time.perf_counter() - started) * 1000
            if [hit.pk for hit in hits.hits] != rival:
                raise AssertionError(f"search and LIKE found other messages for {word}")
            found[word] = {"plan": hits.plan, "like": took}
        return found

    def _wanted(self, word: str) -> Wanted:
        return Wanted(self.sessions, terms=parse(word).terms)

    def _like(self, word: str) -> list[int]:
        """What everybody else does."""
        table = WahaMessage._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id FROM {table} WHERE session_id IN %s AND content LIKE %s "  # noqa: S608  # our name
                "ORDER BY created_at DESC, id DESC LIMIT %s",
                [self.sessions, f"%{word}%", SIZE],
            )
            return [pk for (pk,) in cursor.fetchall()]


def _milliseconds(read: Callable[[], object]) -> list[float]:
    times = []
    for number in range(WARM_UP + REPEATS):
        started = time.perf_counter()
        read()
        if number >= WARM_UP:
            times.append((time.perf_counter() - started) * 1000)
    return times
