"""A disk that is full for this process alone: the kernel lets no file grow further."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

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
