"""Sends ready-made HTTP requests over eight kept-alive connections and counts the answers."""

import asyncio
import time
from collections.abc import Iterator

CONCURRENCY = 8


async def _connection(port: int, requests: Iterator[bytes], wanted: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answered = 0
    try:
        for request in requests:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            status, _, rest = head.partition(b"\r\n")
            body = await _body(reader, rest.lower())
            if wanted not in status:
                raise AssertionError(f"Unexpected answer: {status!r} {body[:200]!r}")
            answered += 1
            if b"connection: close" in rest.lower():  # the server takes a fresh worker
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
    finally:
        writer.close()
    return answered


async def _body(reader: asyncio.StreamReader, headers: bytes) -> bytes:
    if b"content-length:" in headers:
        length = int(headers.split(b"content-length:")[1].split(b"\r\n")[0])
        return await reader.readexactly(length)
    return await reader.readuntil(b"0\r\n\r\n")  # chunked; our answers hold no such line


async def _send(port: int, requests: list[bytes], wanted: bytes) -> int:
    shared = iter(requests)
    counts = await asyncio.gather(*(_connection(port, shared, wanted) for _ in range(CONCURRENCY)))
    return sum(counts)


def rate(port: int, requests: list[bytes], *, wanted: bytes = b" 200 ") -> float:
    """Requests answered a second; raises AssertionError on any other answer than `wanted`."""
    started = time.perf_counter()
    answered = asyncio.run(_send(port, requests, wanted))
    seconds = time.perf_counter() - started
    assert answered == len(requests)
    return answered / seconds
