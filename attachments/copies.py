"""Copies of voice notes that every browser plays: Safari knows no Ogg.

The attachment_copies row is the work. The original stays as it came; the copy is what a browser
takes that cannot play it.
"""

import logging
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models import F, Q
from django.utils import timezone

from attachments import file_types, intake, transcoder
from attachments.models import Attachment, AttachmentCopy, CopyState
from attachments.scan_states import ScanState
from mercury.celery import hint, send_hint
from mercury.db.models import TimestampedQuerySet
from mercury.db.retry import retried

logger = logging.getLogger(__name__)

MIME_TYPE = "audio/mp4"
PROGRAM = Path(transcoder.__file__)
MAX_INPUT = 32 * 1024 * 1024
FILE_SECONDS = 90
LEASE = timedelta(seconds=180)
SECONDS = 45.0
BATCH = 20
TRIES = 3
PAUSE = timedelta(minutes=5)
CHUNK = 256 * 1024


class Refused(Exception):
    """A file that no copy can be made of; the words are for the log and ops."""


def ffmpeg() -> str | None:
    """Where ffmpeg is, None where it is not installed: the originals are all there is then."""
    return shutil.which("ffmpeg")


def want(attachment: Attachment) -> None:
    """Have a copy made of a voice note; belongs into the transaction that makes its row."""
    if attachment.mime_type in file_types.OGG and attachment.scan_state != ScanState.QUARANTINED:
        AttachmentCopy.objects.create(attachment=attachment)
        hint("make_copies")


def pass_on(attachment: Attachment, *, to: Attachment) -> None:
    """The bytes of a file now belong to another row: their copy goes with them, another is due."""
    AttachmentCopy.objects.filter(attachment=attachment).update(attachment=to)
    want(attachment)


def make_due() -> int:
    """Make what is due, one after the other; returns how many it tried. Needs ffmpeg."""
    program, ends, tried = ffmpeg(), time.monotonic() + SECONDS, 0
    while program and (due := _due()):
        for pk in due:
            if time.monotonic() >= ends:
                send_hint("make_copies")
                return tried
            if copy := _claim(pk):
                tried += 1
                _make(copy, program)
    return tried


def path_of(attachment: Attachment) -> str:
    """Where the copy of a file lies on storage, "" while there is none."""
    made = AttachmentCopy.objects.filter(attachment=attachment, state=CopyState.MADE)
    return made.values_list("path", flat=True).first() or ""


def waiting() -> int:
    """How many voice notes have no copy yet and may still get one."""
    return AttachmentCopy.objects.filter(state=CopyState.PENDING).count()


def _free() -> Q:
    now = timezone.now()
    return Q(state=CopyState.PENDING, due_at__lte=now) & (
        Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    )


def _due() -> list[int]:
    rows = AttachmentCopy.objects.filter(_free()).order_by("due_at", "pk")
    return list(rows.values_list("pk", flat=True)[:BATCH])


@retried()
def _claim(pk: int) -> AttachmentCopy | None:
    lease = timezone.now() + LEASE
    claimed = AttachmentCopy.objects.filter(_free(), pk=pk).update(
        lease_until=lease, attempts=F("attempts") + 1
    )
    if not claimed:
        return None
    rows = AttachmentCopy.objects.select_related("attachment")
    return rows.filter(pk=pk, lease_until=lease).first()


def _make(copy: AttachmentCopy, program: str) -> None:
    """Make one copy, whatever happens: a fault of one must not stop the others."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            made = _transcode(copy.attachment, Path(folder), program)
            with made.open("rb") as file:
                path = default_storage.save(_path(copy.attachment), File(file))
    except Refused as refusal:
        _end(copy, CopyState.FAILED, str(refusal))
        return
    except Exception as error:  # storages raise what their libraries raise
        logger.exception("copy %s was not made", copy.pk)
        _put_off(copy, type(error).__name__)
        return
    if not _ours(copy).update(state=CopyState.MADE, path=path, lease_until=None, last_error=""):
        intake.remove_paths(path)  # our lease ran out, or the file is gone


def _transcode(attachment: Attachment, folder: Path, program: str) -> Path:
    source, target = folder / "in.ogg", folder / "out.m4a"
    if attachment.size > MAX_INPUT:
        raise Refused(f"larger than {MAX_INPUT // 1024**2} MB")
    with default_storage.open(attachment.path) as file, source.open("wb") as out:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            out.write(chunk)
    try:
        # -I and an empty environment: nothing of ours reaches the child.
        done = subprocess.run(  # noqa: S603  # our own program, paths of our own
            [sys.executable, "-I", str(PROGRAM), program, str(source), str(target)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=FILE_SECONDS,
            check=False,
            env={},
            cwd=folder,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused(f"ffmpeg took more than {FILE_SECONDS} s") from error
    if done.returncode != 0 or not target.is_file() or not target.stat().st_size:
        raise Refused(f"ffmpeg ended with {done.returncode}")
    return target


def _path(attachment: Attachment) -> str:
    folder = attachment.path.rpartition("/")[0]
    name = f"{attachment.uuid}.playable.m4a"
    return f"{folder}/{name}" if folder else name


def _put_off(copy: AttachmentCopy, reason: str) -> None:
    if copy.attempts >= TRIES:
        _end(copy, CopyState.FAILED, reason)
        return
    _ours(copy).update(due_at=timezone.now() + PAUSE, lease_until=None, last_error=reason)


def _end(copy: AttachmentCopy, state: CopyState, reason: str) -> None:
    logger.info("copy %s: %s", copy.pk, reason)
    _ours(copy).update(state=state, lease_until=None, last_error=reason)


def _ours(copy: AttachmentCopy) -> TimestampedQuerySet[AttachmentCopy]:
    return AttachmentCopy.objects.filter(
        pk=copy.pk, state=CopyState.PENDING, lease_until=copy.lease_until
    )
