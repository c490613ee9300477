"""Uploads that do not come whole.

A disk that is full for this process alone: the kernel lets no file grow further. A form whose
sender goes away before its end.
"""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

KILOBYTES_LEFT = 512
LARGE = b"x" * 3_000_000
"""What Django streams to a temporary file, and that disk does not take."""


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file become larger than half a megabyte; writing says so as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (KILOBYTES_LEFT * 1024, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def cut_form(values: dict[str, Any]) -> dict[str, Any]:
    """What `Client.generic` takes of a form whose body ends within its last file."""
    body = encode_multipart(BOUNDARY, values)
    return {"data": body[:-100], "content_type": MULTIPART_CONTENT}
