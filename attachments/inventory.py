"""Whether rows and stored bytes fit: files nobody points at, rows whose bytes are gone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone

from attachments import intake
from attachments.models import Attachment

# Bytes are stored before their row: what is younger may still be on its way in.
GRACE = timedelta(hours=24)
CHUNK = 500


@dataclass(slots=True)
class Findings:
    """What does not fit: paths of orphans, keys of rows whose bytes are missing."""

    orphans: list[str] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    looked_at: int = 0


def look() -> Findings:
    """Compare storage and rows. Walks both from end to end, a chunk at a time; changes nothing."""
    found = Findings()
    chunk: list[str] = []
    for path in _paths(""):
        found.looked_at += 1
        chunk.append(path)
        if len(chunk) == CHUNK:
            found.orphans += _orphans(chunk)
            chunk = []
    found.orphans += _orphans(chunk)
    for rows in Attachment.objects.only("pk", "path", "thumbnail_path").in_chunks():
        found.missing += [row.pk for row in rows if not _is_there(row)]
    return found


def clear(orphans: list[str]) -> int:
    """Delete files that still nobody points at; returns how many."""
    cleared = 0
    for start in range(0, len(orphans), CHUNK):
        gone = _orphans(orphans[start : start + CHUNK])
        intake.remove_paths(*gone)
        cleared += len(gone)
    return cleared


def _is_there(row: Attachment) -> bool:
    paths = filter(None, (row.path, row.thumbnail_path))
    return all(default_storage.exists(path) for path in paths)


def _orphans(paths: list[str]) -> list[str]:
    rows = Attachment.objects.filter(Q(path__in=paths) | Q(thumbnail_path__in=paths))
    known = {path for pair in rows.values_list("path", "thumbnail_path") for path in pair}
    before = timezone.now() - GRACE
    return [
        path
        for path in paths
        if path not in known and default_storage.get_modified_time(path) < before
    ]


def _paths(folder: str) -> Iterator[str]:
    """Every file under a folder of the storage."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever stored
        return
    for name in files:
        yield f"{folder}/{name}".lstrip("/")
    for name in folders:
        yield from _paths(f"{folder}/{name}".lstrip("/"))
