"""Redis as the live updates use it: the clients, and how an update looks in the stream."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings

STREAM = "mercury:live:updates"
MAX_LENGTH = 100_000
START = "start"
"""A control entry: the relay began anew, so whoever follows must read everything again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: whom it is for, and the JSON of the event as it is sent on.

    `low` is the update id below which all was relayed when this was: with the stream's own id
    it makes the cursor from which the poll can go on.
    """

    id: str
    kind: str
    session: str = ""
    user: str = ""
    low: str = "0"
    data: str = ""

    @classmethod
    def of(cls, entry_id: str, fields: dict[str, str]) -> Self:
        return cls(id=entry_id, **fields)

    @property
    def place(self) -> tuple[int, int]:
        return place(self.id)


def fields(*, kind: str, session: int, user: int | None, low: int, event: Any) -> dict[str, str]:
    """Return the fields of an entry."""
    return {
        "kind": kind,
        "session": str(session),
        "user": "" if user is None else str(user),
        "low": str(low),
        "data": json.dumps(event, separators=(",", ":")),
    }


def place(entry_id: str) -> tuple[int, int]:
    """Return a stream id as something that compares."""
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds), int(number or 0)


class RedisAway(Exception):
    """Redis did not answer; the message names the kind of error."""


@contextmanager
def connected() -> Iterator[Any]:
    """A Redis client with short timeouts, for requests and tasks. Raises RedisAway."""
    import redis  # noqa: PLC0415  # not installed where Redis is not used

    client = redis.Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_timeout=2.0,
        socket_connect_timeout=0.5,
    )
    try:
        with client:
            yield client
    except redis.RedisError as error:
        raise RedisAway(type(error).__name__) from error


def connect_async() -> Any:
    """An asynchronous Redis client; one that waits for a connection when twenty are busy."""
    import redis.asyncio  # noqa: PLC0415  # not installed where Redis is not used

    pool = redis.asyncio.BlockingConnectionPool.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_connect_timeout=1.0,
        socket_timeout=30.0,
        max_connections=20,
        timeout=10,
    )
    return redis.asyncio.Redis.from_pool(pool)
