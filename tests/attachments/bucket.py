"""A bucket as S3 is spoken to, in this process: what is not understood is refused."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

WHEN = "Mon, 02 Mar 2020 10:00:00 GMT"


class Bucket(ThreadingHTTPServer):
    """Objects by their keys; `asked` are methods and keys, `refused` what it did not take."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Requests)
        self.objects: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.refused: list[str] = []
        self.is_away = False

    @property
    def url(self) -> str:
        """What STORAGE_URL says of it."""
        here = f"http://127.0.0.1:{self.server_port}"
        return f"s3://key:secret@/files?region=eu-west-1&endpoint={here}"


class Requests(BaseHTTPRequestHandler):
    server: Bucket
    protocol_version = "HTTP/1.1"

    def _run(self) -> None:
        parts = urlsplit(self.path)
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        body = self._body()
        self.server.asked.append((self.command, key))
        signed = self.headers.get("Authorization", "")
        if self.server.is_away:
            return self._answer(503)
        if bucket != "files" or not signed.startswith("AWS4-HMAC-SHA256 Credential=key/"):
            return self._refuse(403)
        if self.command == "PUT":
            if self.headers.get("x-amz-acl") != "private" or parts.query:
                return self._refuse(400)
            self.server.objects[key] = body
            return self._answer(200, headers={"ETag": '"e"'})
        if self.command == "DELETE":
            self.server.objects.pop(key, None)
            return self._answer(204)
        if self.command == "GET" and not key:
            return self._list(parse_qs(parts.query))
        if self.command in {"GET", "HEAD"}:
            return self._read(key)
        return self._refuse(501)

    do_PUT = do_DELETE = do_GET = do_HEAD = do_POST = _run

    def _body(self) -> bytes:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
            return body
        size, _, rest = body.partition(b"\r\n")
        return rest[: int(size.split(b";")[0], 16)]

    def _read(self, key: str) -> None:
        data = self.server.objects.get(key)
        if data is None:
            return self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        headers, status = {"ETag": '"e"', "Last-Modified": WHEN}, 200
        if part := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            first, last = int(part[1]), int(part[2] or len(data) - 1)
            headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
            data, status = data[first : last + 1], 206
        return self._answer(status, data, headers)

    def _list(self, query: dict[str, list[str]]) -> None:
        prefix = query.get("prefix", [""])[0]
        below: set[str] = set()
        found: list[str] = []
        for key in sorted(self.server.objects):
            name, slash, _rest = key[len(prefix) :].partition("/")
            if key.startswith(prefix) and slash:
                below.add(name + slash)
            elif key.startswith(prefix):
                found.append(key)
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>1</Size>"
            "<LastModified>2020-03-02T10:00:00.000Z</LastModified></Contents>"
            for key in found
        ) + "".join(
            f"<CommonPrefixes><Prefix>{escape(prefix + each)}</Prefix></CommonPrefixes>"
            for each in sorted(below)
        )
        space = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
        self._answer(200, f"<ListBucketResult {space}>{rows}</ListBucketResult>".encode())

    def _refuse(self, status: int) -> None:
        self.server.refused.append(f"{self.command} {self.path} {dict(self.headers)}")
        self._answer(status)

    def _answer(
        self, status: int, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Quiet."""


@contextmanager
def running() -> Iterator[Bucket]:
    """A bucket that answers until the block ends."""
    with Bucket() as bucket:
        thread = Thread(target=bucket.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield bucket
        finally:
            bucket.shutdown()
            thread.join()
