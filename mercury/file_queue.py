"""The embedded queue: Celery messages as files, whole or not at all.

kombu's own transport creates a message's file before it locks and writes it. A reader that
looks in between takes an empty file, and the worker dies of it (kombu 5.7, seen about once a
minute with two workers on a busy machine).
"""

import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps as _dumps

# kombu is typed in parts: what it does not type is any.
dumps: Any = _dumps
KombuChannel: Any = filesystem.Channel
SCHEME = "files"
Answer = TypeVar("Answer")
TRIES = 20


class Channel(filesystem.Channel):
    """kombu's file channel with messages that appear under their name when complete."""

    def _put(  # type: ignore[override]  # its two bases name the message differently
        self, queue: str, payload: Any, **kwargs: Any
    ) -> None:
        folder = Path(self.data_folder_out)
        # The same names as kombu's: readers sort by them and know their queue by the ending.
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        part = folder / f"{name}.part"
        try:
            part.write_text(dumps(payload), encoding="utf-8")
            os.replace(part, folder / name)
        except OSError as error:
            raise ChannelError(f"Cannot write {name} to {folder}") from error

    def get_table(self, exchange: str) -> Any:
        return _again(lambda: KombuChannel.get_table(self, exchange))

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        _again(lambda: KombuChannel._queue_bind(self, exchange, routing_key, pattern, queue))


class Transport(filesystem.Transport):
    """The transport of `files://` URLs."""

    Channel = Channel


def register() -> None:
    """Let Celery know `files://`."""
    TRANSPORT_ALIASES[SCHEME] = "mercury.file_queue:Transport"


def _again(read: Callable[[], Answer]) -> Answer:
    """What `read` returns; tried anew while another process is writing the table it reads."""
    for _try in range(TRIES):
        try:
            return read()
        except ValueError:  # an empty file is no JSON
            time.sleep(0.01)
    return read()
