"""The reads behind the inbox's pages, measured by the server's time and the rows it touched."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from mercury.db.keyset import Cursor
from waha.inbound.apply.batch import Batch
from waha.inbox import chat_lists, numbers, threads
from waha.inbox import pages as inbox_pages
from waha.inbox.filters import Filters
from waha.models import WahaMessage, WahaSession

LARGEST_CHAT = 1
REPEATS, WARM_UP = 10, 3


class Reads:
    """What is measured: {name: how to read it once}."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.numbers = numbers.read(user).all
        self.chat = inbox_pages.one_chat(user, LARGEST_CHAT)
        oldest = WahaMessage.objects.filter(chat_id=LARGEST_CHAT).order_by("created_at", "pk")
        edge = list(oldest[: threads.PAGE_SIZE + 1])[-1]
        self.deepest = Cursor(edge.created_at, edge.pk)
        self.session = WahaSession.objects.get(pk=self.chat.number.pk)
        sent = WahaMessage.objects.filter(chat_id=LARGEST_CHAT, from_me=True)
        self.raw_id = sent.order_by("-created_at").values_list("message_id", flat=True)[0]

    def all(self) -> dict[str, Callable[[], object]]:
        return {
            "thread, first page": lambda: threads.page(self.user, self.chat),
            "thread, deepest page": lambda: threads.page(
                self.user, self.chat, before=self.deepest
            ),
            "chat list": lambda: chat_lists.page(self.user, Filters(), self.numbers),
            "unread totals": lambda: numbers.read(self.user),
            "ack by id": self._ack,
        }  # fmt: skip

    def measure(self) -> dict[str, Any]:
        """{name: {"ms": [SQL time of each], "rows": rows touched by one}}."""
        return {
            name: {"ms": _milliseconds(read), "rows": rows_touched(read)}
            for name, read in self.all().items()
        }

    @transaction.atomic
    def _ack(self) -> None:
        """Find the message of an ack, as the drain does."""
        batch = Batch(self.session, raw_ids={self.raw_id}, sightings=())
        assert batch.message(True, self.raw_id) is not None


def rows_touched(read: Callable[[], object]) -> int:
    """Rows that the server's storage handed out for one read, index entries included."""
    read()
    empty = _touched(lambda: None)  # looking costs some itself
    return _touched(read) - empty


def _touched(read: Callable[[], object]) -> int:
    before = _handler_reads()
    read()
    return _handler_reads() - before


def _handler_reads() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
        return sum(int(value) for _name, value in cursor.fetchall())


def _milliseconds(read: Callable[[], object]) -> list[float]:
    times = []
    for number in range(WARM_UP + REPEATS):
        with _sql_time() as spent:
            read()
        if number >= WARM_UP:
            times.append(spent[0] * 1000)
    return times


@contextmanager
def _sql_time() -> Iterator[list[float]]:
    """Seconds spent in statements; the client fetches all rows within them."""
    spent = [0.0]

    def timed(execute: Any, *arguments: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            spent[0] += time.perf_counter() - started

    with connection.execute_wrapper(timed):
        yield spent
