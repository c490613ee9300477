"""One schema of one size, and how long its pages take: a line in, a line of JSON out.

`python -m benchmarks.page_process 1000000` fills DATABASE_URL unless it is filled, says ready,
and answers every line it reads: `queries`, `times`, `reads`, `routing`, `search`
or `like`.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import quote

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mercury.settings")
django.setup()

# Models, so only now.
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.models import User  # noqa: E402
from benchmarks import data, finding, reads, routing  # noqa: E402
from mercury.db.keyset import Cursor  # noqa: E402
from waha.inbox import pages as inbox_pages  # noqa: E402
from waha.inbox.filters import Filters  # noqa: E402

REQUESTS, WARM_UP, DEEP_PAGES = 20, 3, 20
FIRST_CHAT, DEEP_CHAT = 20, 1
"""Ranks by size: both have full pages at every size of the data, the second one many."""


def main(messages: int) -> None:
    call_command("migrate", verbosity=0)
    user = data.filled(messages)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user, "accounts.backends.RoleBackend")
    measures, searches = reads.Reads(user), finding.Searches(user)
    asked: dict[str, Callable[[], dict[str, Any]]] = {
        "reads": measures.measure,
        "routing": lambda: routing.measure(lambda: _get(client, "/inbox/")),
        "search": searches.measure,
        "like": searches.against_like,
        "queries": lambda: {name: _queries(client, url) for name, url in _pages(user).items()},
        "times": lambda: {name: _milliseconds(client, url) for name, url in _pages(user).items()},
    }
    print(json.dumps({"ready": messages}), flush=True)
    for line in sys.stdin:
        print(json.dumps(asked[line.strip()]()), flush=True)


def _pages(user: User) -> dict[str, str]:
    return {
        "list": "/inbox/",
        "chat, first page": f"/inbox/{FIRST_CHAT}/",
        "chat, deep page": f"/inbox/{DEEP_CHAT}/?before={_deep_cursor(user)}",
    }


@cache
def _deep_cursor(user: User) -> str:
    """The cursor that a reader reaches after paging back DEEP_PAGES times."""
    cursor = ""
    for _ in range(DEEP_PAGES):
        before = Cursor.parse(cursor)
        context = inbox_pages.thread_fragment(user, Filters(), DEEP_CHAT, before=before)
        cursor = context["older_cursor"]
        assert cursor, "the deep chat is not deep enough"
    return quote(cursor)


def _queries(client: Client, url: str) -> int:
    for _ in range(WARM_UP):
        _get(client, url)
    with CaptureQueriesContext(connection) as captured:
        _get(client, url)
    return len(captured)


def _milliseconds(client: Client, url: str) -> float:
    """The median of many requests, warm."""
    times = []
    for number in range(WARM_UP + REQUESTS):
        started = time.perf_counter()
        _get(client, url)
        if number >= WARM_UP:
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def _get(client: Client, url: str) -> None:
    response = client.get(url)
    assert response.status_code == 200, f"{url} answers {response.status_code}"


if __name__ == "__main__":
    main(int(sys.argv[1]))
