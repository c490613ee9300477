"""A moment's memory that the database hangs, so that no queue of webhooks forms behind it.

Each webhook waits a second for a database that is silent; with more webhooks than threads the
last of them would wait for all those before. Once one has waited, the others are told at once.
"""

import time

from django.db import Error

SECONDS = 1.0
"""How long the word of one webhook counts for the others of this process."""

# MySQL's words for a server that does not answer: no connection, no handshake, no reply.
SILENT = {2002, 2003, 2013, 2055}

_until = 0.0


def notice(error: Error) -> None:
    """Remember an error that came of waiting in vain."""
    global _until
    if error.args and error.args[0] in SILENT:
        _until = time.monotonic() + SECONDS


def is_known() -> bool:
    """True for a moment after somebody waited in vain."""
    return time.monotonic() < _until


def forget() -> None:
    """Ask the database again at once; for this process only."""
    global _until
    _until = 0.0
