"""`/events/`: the stream of updates as a plain ASGI application, before Django and its database.

A Django view would hold a thread, and after a query a connection, for every open browser.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from waha.inbox import tokens
from waha.inbox.cursors import LiveCursor
from waha.inbox.hub import Follower, Hub
from waha.inbox.redis_stream import START, Entry
from waha.inbox.tokens import Token
from waha.models.update import UpdateKind

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PING_SECONDS = 15
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


class Stream:
    """The application. `connect` makes an asynchronous Redis client, None without Redis."""

    def __init__(self, connect: Callable[[], Any] | None) -> None:
        self._connect = connect
        self._hub: Hub | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        token = tokens.read(query.get("token", [""])[0])
        if scope["method"] != "GET":
            return await _refuse(send, 405)
        if token is None:
            return await _refuse(send, 401)
        if self._connect is None:
            return await _refuse(send, 503)
        self._hub = self._hub or Hub(self._connect)
        try:
            follower = await self._hub.follow()
        except Exception:  # Redis is away, by whatever error: the page polls
            return await _refuse(send, 503)
        try:
            await Connection(self._hub, follower, token, send).serve(_after(scope, query), receive)
        finally:
            self._hub.leave(follower)
        return None

    async def close(self) -> None:
        """Let every stream end."""
        if self._hub is not None:
            await self._hub.close()


class Connection:
    """One browser's stream, from its first byte to its end."""

    def __init__(self, hub: Hub, follower: Follower, token: Token, send: Send) -> None:
        self._hub = hub
        self._follower = follower
        self._token = token
        self._send = send
        self._allowed: set[str] = set()
        self._last = (0, 0)

    async def serve(self, after: str | None, receive: Receive) -> None:
        """Send what was missed since `after`, then what comes, until the token ends."""
        await self._send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await self._write(": ok\n\nretry: 3000\n\n")
        gone = asyncio.create_task(_disconnected(receive))
        try:
            self._allowed = await self._hub.allowed(self._token)
            if not self._allowed:
                await self._write(_reset())
            elif await self._catch_up(after):
                await self._follow(gone)
            if not gone.done():
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()

    async def _catch_up(self, after: str | None) -> bool:
        """False when an entry among what was missed ends the stream."""
        if after is None:
            return True
        missed = await self._hub.replay(after)
        if missed is None:
            # It was cut off at the far end: the page reads everything, then goes on from now.
            await self._write(_reset(await self._hub.newest()))
            return True
        for entry in missed:
            if not await self._tell(entry):
                return False
        return True

    async def _follow(self, gone: "asyncio.Task[None]") -> None:
        while (left := self._token.until - time.time()) > 0:
            entry = asyncio.create_task(self._follower.queue.get())
            await asyncio.wait(
                {entry, gone},
                timeout=min(PING_SECONDS, left),
                return_when=asyncio.FIRST_COMPLETED,
            )
            if gone.done():
                entry.cancel()
                return
            if not entry.done():
                entry.cancel()
                await self._write(": ping\n\n")
                continue
            item = entry.result()
            if item is None:
                await self._write(_reset())
                return
            if not await self._tell(item):
                return

    async def _tell(self, entry: Entry) -> bool:
        """Send an entry on if it is for this user; False when it ends the stream."""
        if entry.place <= self._last:
            return True
        self._last = entry.place
        if entry.kind == START:
            await self._write(_reset(entry))
            return True
        mine = entry.user == str(self._token.user_id)
        if entry.kind == UpdateKind.ACCESS:
            if mine:
                await self._write(_event(entry))
            return not mine
        if entry.session in self._allowed and (mine or not entry.user):
            await self._write(_event(entry))
        return True

    async def _write(self, text: str) -> None:
        await self._send({"type": "http.response.body", "body": text.encode(), "more_body": True})


def _event(entry: Entry) -> str:
    return f"id: {entry.id}_{entry.low}\nevent: update\ndata: {entry.data}\n\n"


def _reset(entry: Entry | None = None) -> str:
    """Tell the page to read everything again, and the place from which it then goes on."""
    place = f"id: {entry.id}_{entry.low}\n" if entry else ""
    return f"{place}event: reset\ndata: {{}}\n\n"


def _after(scope: Scope, query: dict[str, list[str]]) -> str | None:
    """Where the browser stopped: the header of its own reconnecting wins over the address."""
    headers = dict(scope.get("headers", []))
    asked = headers.get(b"last-event-id", b"").decode("latin-1") or query.get("after", [""])[0]
    cursor = LiveCursor.parse(asked)
    return cursor.stream if cursor else None


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, status: int) -> None:
    body = json.dumps({"status": status}).encode()
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
