"""One reader of the Redis Stream per process, fanned out to the browsers that follow it."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from waha.inbox.redis_stream import STREAM, Entry, place
from waha.inbox.tokens import Token, version_key

logger = logging.getLogger(__name__)

QUEUE_SIZE = 1000
REPLAY_LIMIT = 2000
BLOCK_MS = 5000
Item = Entry | None
"""What a follower gets: an entry, or None when the stream is lost to it."""


class Follower:
    """A browser's queue of entries. `lost` is set when it was too slow or Redis went away."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Item] = asyncio.Queue(QUEUE_SIZE)
        self.lost = False

    def give(self, item: Item) -> None:
        if item is None or self.queue.full():
            self.lost = True
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(None)
        elif not self.lost:
            self.queue.put_nowait(item)


class Hub:
    """Reads the stream once for everybody; `connect` makes the asynchronous Redis client."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._followers: set[Follower] = set()
        self._reader: asyncio.Task[None] | None = None
        self._server: Any = None
        self._starting = asyncio.Lock()

    async def follow(self) -> Follower:
        """A new follower, which gets every entry from now on. Raises when Redis is away."""
        async with self._starting:
            if self._reader is None or self._reader.done():
                server = self._connect()
                try:
                    newest = await server.xrevrange(STREAM, count=1)
                except BaseException:
                    await server.aclose()
                    raise
                start = newest[0][0] if newest else "0-0"
                self._server = server
                self._reader = asyncio.create_task(self._read(server, start))
        follower = Follower()
        self._followers.add(follower)
        return follower

    def leave(self, follower: Follower) -> None:
        self._followers.discard(follower)

    async def allowed(self, token: Token) -> set[str]:
        """The numbers that a token opens; empty when it is of an access that has changed since.

        Asked after `follow`: a change that comes later is among the follower's entries.
        """
        version = await self._server.get(version_key(token.user_id))
        if version is not None and int(version) > token.access_version:
            return set()
        return set(await self._server.smembers(token.allowed_key))

    async def replay(self, after: str) -> list[Entry] | None:
        """What the stream holds after an id, or None when that is more than it can tell."""
        first = await self._server.xrange(STREAM, count=1)
        if first and place(after) < place(first[0][0]):
            return None
        found = await self._server.xrange(STREAM, min=f"({after}", count=REPLAY_LIMIT + 1)
        if len(found) > REPLAY_LIMIT:
            return None
        return [Entry.of(entry_id, fields) for entry_id, fields in found]

    async def newest(self) -> Entry | None:
        """The last entry of the stream."""
        found = await self._server.xrevrange(STREAM, count=1)
        return Entry.of(*found[0]) if found else None

    async def close(self) -> None:
        """Stop reading and let every follower go."""
        # The client may swallow a cancellation that comes while it connects: ask until it ends.
        while self._reader is not None and not self._reader.done():
            self._reader.cancel()
            await asyncio.wait({self._reader}, timeout=0.2)

    async def _read(self, server: Any, last: str) -> None:
        try:
            while True:
                answer = await server.xread({STREAM: last}, block=BLOCK_MS, count=500)
                for _stream, entries in answer or []:
                    for entry_id, fields in entries:
                        last = entry_id
                        self._tell(Entry.of(entry_id, fields))
        except Exception as error:  # Redis went away: the browsers poll and come back
            logger.warning("the stream of updates broke off: %s", type(error).__name__)
        finally:
            self._tell(None)
            await server.aclose()

    def _tell(self, item: Item) -> None:
        for follower in list(self._followers):
            follower.give(item)
