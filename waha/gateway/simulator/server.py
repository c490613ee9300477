"""A small HTTP/1.1 server that can misbehave: cut a connection, or never answer.

An ASGI server would always answer something; the faults we play are exactly the ones where
nothing comes.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

MAX_HEAD = 64 * 1024
MAX_BODY = 50 * 1024 * 1024


@dataclass(slots=True)
class Request:
    """A request, its path still escaped in `raw_path`."""

    method: str
    raw_path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    params: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return unquote(self.raw_path)

    def json(self) -> dict[str, Any]:
        """Return the body's object, an empty one for anything else."""
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


@dataclass(slots=True)
class Response:
    """An answer. `drop` closes the connection instead, as a crash or a cable would."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False

    @classmethod
    def of(cls, value: Any, status: int = 200) -> "Response":
        """Return `value` as JSON."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(status, body, "application/json; charset=utf-8")


App = Callable[[Request], Awaitable[Response]]


class Server:
    """Serves one app on one address."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port, which the system chooses when 0 is asked for."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=MAX_HEAD)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and cut what is open."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        broken = (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)
        try:
            with contextlib.suppress(*broken, asyncio.CancelledError):
                while await self._serve_one(reader, writer):
                    pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        method, _, target = first.rpartition(" ")[0].partition(" ")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        stated = headers.get("content-length", "0")
        length = int(stated) if stated.isdigit() else 0
        if status := _objection(target, stated, headers):
            writer.write(_encode(Response(status), keep=False, head=False))
            await writer.drain()
            return False
        body = await reader.readexactly(length) if length else b""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        response = await self._app(Request(method, parts.path, query, headers, body))
        if response.drop:
            writer.transport.abort()
            return False
        keep = headers.get("connection", "").lower() != "close"
        writer.write(_encode(response, keep=keep, head=method == "HEAD"))
        await writer.drain()
        return keep


def _objection(target: str, stated: str, headers: dict[str, str]) -> int | None:
    """Return the status for a request that cannot be read, None for one that can."""
    if not target.startswith("/") or not stated.isdigit():
        return 400
    if "transfer-encoding" in headers:
        return 411
    return 413 if int(stated) > MAX_BODY else None


def _encode(response: Response, *, keep: bool, head: bool) -> bytes:
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {response.status} {phrase}"]
    if response.content_type:
        lines.append(f"Content-Type: {response.content_type}")
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    lines.append(f"Content-Length: {len(response.body)}")
    lines.append(f"Connection: {'keep-alive' if keep else 'close'}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if head else response.body)
