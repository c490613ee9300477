"""A private Redis on a free port that keeps nothing on disk."""

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from scripts.harness.folders import server_folder
from scripts.harness.processes import child, free_port

START_SECONDS = 10


class NoRedis(Exception):
    """Redis cannot be had here; the message says why."""


@contextmanager
def running() -> Iterator[str]:
    """The URL of a fresh Redis, gone at the end. Raises NoRedis."""
    if not shutil.which("redis-server"):
        raise NoRedis("apt-get install redis-server")
    port = free_port()
    with server_folder(f"redis-{port}") as folder:
        log = folder / "server.log"
        command = [
            "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder),
            "--save", "", "--appendonly", "no",
        ]  # fmt: skip
        with child(command, log=log):
            _wait(port)
            yield f"redis://127.0.0.1:{port}/0"


def _wait(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                if connection.recv(7) == b"+PONG\r\n":
                    return
        except OSError:
            time.sleep(0.05)
    raise NoRedis(f"redis-server does not answer on port {port}")
