"""A door before WAHA that gives out its files crookedly; all else passes unchanged."""

import contextlib
import random
import socket
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

FILES = "/api/files/"
FOR_EVER = 10_000
CHUNK = 64 * 1024


@dataclass
class Trouble:
    """What is wrong with one file, and how often it is before it comes as it should."""

    name: str
    times: int
    had: int = 0


@dataclass
class Plan:
    """What is wrong with which file, by its raw id; counts what was done."""

    rng: random.Random
    elsewhere: str
    troubles: dict[str, Trouble] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def draw(self, raw_id: str) -> tuple[str, float]:
        """(what to do with this request, a share of the file at which to do it)."""
        with self.lock:
            trouble = self.troubles.get(raw_id)
            if trouble is None or trouble.had >= trouble.times:
                return "", 0.0
            trouble.had += 1
            self.done[trouble.name] += 1
            return trouble.name, self.rng.random()


class CrookedDoor:
    """Listens where WAHA is believed to be, and asks the real one."""

    def __init__(self, port: int, behind: int, plan: Plan) -> None:
        handler = type("Door", (Door,), {"plan": plan, "behind": behind})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class Door(BaseHTTPRequestHandler):
    """One connection; each request ends it."""

    protocol_version = "HTTP/1.1"

    plan: ClassVar[Plan]
    behind: ClassVar[int]

    def do_GET(self) -> None:
        self._pass_on()

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's word
        """Say nothing: a thousand files would drown what is said."""

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        real = HTTPConnection("127.0.0.1", self.behind, timeout=30)
        try:
            headers = {name: value for name, value in self.headers.items() if name != "Host"}
            real.request(self.command, self.path, body, headers)
            answer = real.getresponse()
            data, kind = answer.read(), answer.getheader("Content-Type", "")
        finally:
            real.close()
        trouble, share = "", 0.0
        if self.path.startswith(FILES) and answer.status == 200:
            raw_id = self.path.rpartition("/")[2].partition(".")[0]
            trouble, share = self.plan.draw(raw_id)
        with contextlib.suppress(OSError):  # who asked has hung up
            self._give(answer.status, data, kind, trouble, share)
        self.close_connection = True

    def _give(self, status: int, data: bytes, kind: str, trouble: str, share: float) -> None:
        cut = int(share * len(data))
        if trouble == "cut":
            self._head(status, kind, len(data))
            self.wfile.write(data[:cut])
            self._reset()
        elif trouble == "half":  # WAHA's own copy is cut, so its length is that of the half
            self._head(status, kind, cut)
            self.wfile.write(data[:cut])
        elif trouble == "empty":
            self._head(status, kind, 0)
        elif trouble == "unmarked":  # only hanging up says where it ends
            self._head(status, kind)
            self.wfile.write(data[:cut])
        elif trouble in {"endless", "chunked"}:
            self._chunks(status, kind, data[:cut], endless=trouble == "endless")
        elif trouble == "elsewhere":
            self._head(302, kind, 0, Location=self.plan.elsewhere)
        elif trouble == "fault":
            self._head(500, "application/json", 2)
            self.wfile.write(b"{}")
        elif trouble == "silence":
            self._reset()
        else:
            self._head(status, kind, len(data))
            self.wfile.write(data)

    def _chunks(self, status: int, kind: str, data: bytes, *, endless: bool) -> None:
        """A body without a length: cut before its last chunk, or going on for ever."""
        self._head(status, kind, **{"Transfer-Encoding": "chunked"})
        part = data or b"x"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        while endless:
            self.wfile.write(b"%x\r\n%s\r\n" % (CHUNK, b"x" * CHUNK))
        self._reset()

    def _head(self, status: int, kind: str, length: int | None = None, **more: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()

    def _reset(self) -> None:
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
