"""The product for a browser: its pages and /events/ on one port, and a worker beside it."""

import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from django.core.asgi import get_asgi_application
from django.db import close_old_connections, connections

from mercury import celery
from mercury.asgi import application as events

# What beat asks for now and then; a hint makes it sooner.
SWEPT = ["drain", "deliver", "fetch_media", "relay_updates"]
SWEEP_SECONDS = 0.5


@contextmanager
def serving() -> Iterator[str]:
    """The address of the whole site, served by uvicorn in a thread."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(application(), log_level="warning", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    # Not daemonic: it is joined below, with its connections closed.
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="site")
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(20)
        listener.close()


def application():  # type: ignore[no-untyped-def]  # ASGI's callables have no common type
    """/events/ as its own application answers it, all else as Django does."""
    pages = get_asgi_application()

    async def site(scope, receive, send):  # type: ignore[no-untyped-def]
        chosen = events if scope.get("path", "").startswith("/events/") else pages
        await chosen(scope, receive, send)

    return site


class Worker:
    """What Celery's workers and beat do, in one thread: hinted tasks at once, sweeps on time.

    Failures are kept and shown by `stop`, so that a test cannot pass over them.
    """

    def __init__(self) -> None:
        self.hinted: queue.Queue[str] = queue.Queue()
        self.failures: list[BaseException] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="worker")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(30)
        if self.failures:
            raise ExceptionGroup("a task failed", [f for f in self.failures if _is_plain(f)])

    def send(self, name: str) -> None:
        self.hinted.put(name)

    def _work(self) -> None:
        swept = 0.0
        while not self._ended.is_set():
            names: list[str] = []
            with suppress(queue.Empty):
                names.append(self.hinted.get(timeout=0.05))
            if time.monotonic() - swept > SWEEP_SECONDS:
                swept = time.monotonic()
                names += [name for name in SWEPT if name not in names]
            for name in names:
                self._run(name)
        connections.close_all()

    def _run(self, name: str) -> None:
        close_old_connections()
        try:
            celery.app.tasks[name].run()
        except Exception as failure:
            self.failures.append(failure)


def _is_plain(failure: BaseException) -> bool:
    return isinstance(failure, Exception)
