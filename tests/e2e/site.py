"""The product for a browser: its pages and /events/ on one port, and a worker beside it."""

import http.client
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connections

from mercury import celery

# What beat asks for now and then; a hint makes it sooner.
SWEPT = ["drain", "deliver", "fetch_media", "relay_updates"]
SWEEP_SECONDS = 0.5
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


@contextmanager
def serving() -> Iterator[str]:
    """The address of the whole site: Django's pages under WSGI, as in production.

    The events application runs under uvicorn on a port of its own; this server passes
    `/events/` on to it, which is the proxy's part in production.
    """
    with _events() as events_port:
        application = _site(get_wsgi_application(), events_port)
        server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
        server.set_app(application)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="site")
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(20)
            server.server_close()


@contextmanager
def _events() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        # By name, loaded only now: the application refuses to start on a database without
        # tables, which the test database has from here on.
        config = uvicorn.Config(
            "mercury.asgi:application", log_level="warning", lifespan="on", ws="none"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="events", daemon=True
        )
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        yield listener.getsockname()[1]
        server.should_exit = server.force_exit = True
        thread.join(20)


def _site(pages: Application, events_port: int) -> Application:
    def site(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/events/":
            return _forward(environ, start_response, events_port)
        return pages(environ, start_response)

    return site


def _forward(environ: dict[str, Any], start_response: Any, port: int) -> Iterator[bytes]:
    """Stream an answer of the events application; ends when either side goes away."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        name[5:].replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("HTTP_") and name != "HTTP_CONNECTION"
    }
    try:
        query = environ["QUERY_STRING"]
        path = environ["PATH_INFO"] + (f"?{query}" if query else "")
        connection.request(environ["REQUEST_METHOD"], path, headers=headers)
        answer = connection.getresponse()
        kept = [each for each in answer.getheaders() if each[0].lower() not in HOP_BY_HOP]
        start_response(f"{answer.status} {answer.reason}", kept)
        while chunk := answer.read1(65536):
            yield chunk
    finally:
        connection.close()


class Worker:
    """What Celery's workers and beat do, in one thread: hinted tasks at once, sweeps on time.

    Failures are kept and shown by `stop`, so that a test cannot pass over them.
    """

    def __init__(self) -> None:
        self.hinted: queue.Queue[str] = queue.Queue()
        self.failures: list[Exception] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="worker")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(30)
        if self.failures:
            raise ExceptionGroup("a task failed", self.failures)

    def send(self, name: str, *, after: float = 0) -> None:
        if not after:  # what is for later comes with the next sweep
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
