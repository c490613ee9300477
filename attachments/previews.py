"""Pictures, first pages and first frames made small, in child processes under limits."""

import json
import logging
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from attachments import film_frame, thumbnailer
from attachments.refusals import ImageTooLarge

logger = logging.getLogger(__name__)

PROGRAM = Path(thumbnailer.__file__)
FRAME_PROGRAM = Path(film_frame.__file__)
SECONDS = 20
# How ffmpeg calls the containers of films that we show.
CONTAINERS = {"video/mp4": "mov", "video/webm": "matroska"}


@dataclass(frozen=True, slots=True)
class Preview:
    """A thumbnail as WebP, and the size of the picture as it is shown; PDFs and films have none."""

    width: int | None
    height: int | None
    thumbnail: bytes


def make(file: IO[bytes]) -> Preview | None:
    """A preview of a picture or PDF, or None when it cannot be read (cut, locked, a lie).

    Raises ImageTooLarge for more than 40 million pixels: the header tells, nothing is decoded.
    Costs a process, about a fifth of a second.
    """
    done = _run(file, str(PROGRAM))
    if done is None:
        return None
    if done.returncode == thumbnailer.TOO_LARGE:
        raise ImageTooLarge
    if done.returncode != 0:
        logger.info("no thumbnail: the file cannot be read (%s)", done.returncode)
        return None
    head, _, thumbnail = done.stdout.partition(b"\n")
    size = json.loads(head)
    return Preview(size["width"] or None, size["height"] or None, thumbnail)


def of_film(file: IO[bytes], mime_type: str) -> Preview | None:
    """A film's first picture, or None where it has none or ffmpeg is not installed.

    What ffmpeg drew is looked at like any stranger's picture. Costs two processes.
    """
    program, container = shutil.which("ffmpeg"), CONTAINERS.get(mime_type)
    if program is None or container is None:
        return None
    done = _run(file, str(FRAME_PROGRAM), program, container)
    if done is None or done.returncode != 0 or not done.stdout:
        logger.info("no first picture of a film (%s)", done.returncode if done else "ended")
        return None
    with tempfile.TemporaryFile() as frame:
        frame.write(done.stdout)
        found = make(frame)
    return replace(found, width=None, height=None) if found else None


def _run(file: IO[bytes], *command: str) -> "subprocess.CompletedProcess[bytes] | None":
    """One of our programs with the file on its stdin; None when it took too long."""
    file.seek(0)
    try:
        # -I: nothing of the environment or of this directory reaches the child.
        return subprocess.run(  # noqa: S603  # our own programs, no input on the command line
            [sys.executable, "-I", *command],
            stdin=file,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        logger.warning("no thumbnail: %s", type(error).__name__)
        return None
