"""The one door to Elasticsearch: its client, its names, and what it means when it is away."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.conf import settings

logger = logging.getLogger(__name__)

ALIAS = "mercury-messages"
TEMPLATE = "mercury-messages"
PATTERN = f"{ALIAS}-*"
SECONDS = 2.0
REST = 10.0
"""Seconds for which a server that did not answer is not asked by pages again."""

_away_until = 0.0


class Away(Exception):
    """Elasticsearch does not answer, or not what was asked; the database is asked instead."""


def is_set() -> bool:
    """Whether an Elasticsearch is set up at all."""
    return bool(settings.ELASTICSEARCH_URL)


@cache
def _client(url: str) -> Any:
    # Not installed where none is set: `make demo`.
    from elasticsearch import Elasticsearch  # noqa: PLC0415

    return Elasticsearch(url, request_timeout=SECONDS, max_retries=0, retry_on_timeout=False)


@contextmanager
def asked(*, by_page: bool = False) -> Iterator[Any]:
    """The client; raises Away for whatever goes wrong on the way there.

    A page does not wait for a server that was away a moment ago.
    """
    global _away_until
    # Not installed where none is set: `make demo`.
    from elasticsearch import ApiError, TransportError  # noqa: PLC0415

    if by_page and time.monotonic() < _away_until:
        raise Away("It did not answer a moment ago.")
    try:
        yield _client(settings.ELASTICSEARCH_URL)
    except (ApiError, TransportError) as error:
        _away_until = time.monotonic() + REST
        # The class alone: messages hold parts of what was asked.
        logger.warning("elasticsearch: %s", type(error).__name__)
        raise Away(type(error).__name__) from error
    else:
        _away_until = 0.0


def answers() -> bool:
    """Whether it is there right now."""
    try:
        with asked() as client:
            client.cluster.health(timeout="1s")
    except Away:
        return False
    return True


def forget() -> None:
    """Ask again at once; for tests and for whoever has just mended it."""
    global _away_until
    _away_until = 0.0
    _client.cache_clear()
