"""The virus scan: clamd over a socket, off unless CLAMD_URL says where it listens."""

import logging
import socket
import struct
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings

from attachments.scan_states import ScanState

logger = logging.getLogger(__name__)

CHUNK = 64 * 1024
SECONDS = 30.0
LONGEST_ANSWER = 4096


class ScanFailed(Exception):
    """clamd did not answer, or not in words that we know."""


def scan(file: IO[bytes]) -> str:
    """What clamd says of the bytes: clean or quarantined; none while the scan is off.

    Closed on failure: a file that could not be scanned is quarantined, kept and not handed out.
    """
    if not settings.CLAMD_URL:
        return ScanState.NONE
    try:
        return ask(file)
    except (OSError, ScanFailed) as error:
        logger.error("a file could not be scanned: %s", type(error).__name__)
        return ScanState.QUARANTINED


def ask(file: IO[bytes]) -> str:
    """The same without a refuge: raises OSError and ScanFailed when clamd gives no verdict."""
    return ScanState.CLEAN if _ask(file).endswith(": OK") else ScanState.QUARANTINED


def _ask(file: IO[bytes]) -> str:
    """clamd's answer to INSTREAM: each chunk behind its length, a length of 0 at the end."""
    file.seek(0)
    with _connect() as connection:
        connection.sendall(b"zINSTREAM\0")
        while chunk := file.read(CHUNK):
            connection.sendall(struct.pack("!I", len(chunk)) + chunk)
        connection.sendall(struct.pack("!I", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
            part = connection.recv(LONGEST_ANSWER)
            if not part:
                break
            answer += part
    words = answer.rstrip(b"\0").decode("utf-8", "replace").strip()
    if not words.startswith("stream: "):
        raise ScanFailed(words)
    return words


def _connect() -> socket.socket:
    """A connection to `tcp://host:3310` or `unix:///run/clamav/clamd.ctl`."""
    parts = urlsplit(settings.CLAMD_URL)
    if parts.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(SECONDS)
        connection.connect(parts.path)
        return connection
    return socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 3310), SECONDS)
