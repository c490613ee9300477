"""Whether rows and stored bytes fit: files nobody points at, rows whose bytes are gone."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone

from attachments import intake
from attachments.models import Attachment, AttachmentCopy

# Bytes are stored before their row: what is younger may still be on its way in.
GRACE = timedelta(hours=24)
CHUNK = 500
# What the nightly round deletes is older, so that a database brought back from a backup of these
# days finds its files; and it deletes few: many orphans mean that rows were lost, not files left.
OLD = timedelta(days=30)
FEW, SHARE = 20, 0.1
SECONDS = 180.0

logger = logging.getLogger(__name__)


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


def tidy() -> int:
    """Delete old orphans folder by folder, for a while; returns how many.

    Begins at another month each night, so that all come round whatever one night manages. Where
    many files of a month have no row it deletes none of them and says so in the error log.
    """
    ends, gone = time.monotonic() + SECONDS, 0
    for folder in _from_another_each_night(_months()):
        if time.monotonic() >= ends:
            break
        paths = list(_paths(folder))
        orphans = [
            orphan
            for start in range(0, len(paths), CHUNK)
            for orphan in _orphans(paths[start : start + CHUNK], grace=OLD)
        ]
        if len(orphans) > max(FEW, len(paths) * SHARE):
            logger.error(
                "%s of %s files of %s have no record. None was deleted: if a backup was brought "
                "back, bring back a later one; else run check_files --clear.",
                len(orphans),
                len(paths),
                folder,
            )
            continue
        gone += clear(orphans)
    return gone


def _months() -> list[str]:
    """The folders that files lie in: a year's months."""
    try:
        years = default_storage.listdir("")[0]
    except FileNotFoundError:  # nothing was ever stored
        return []
    return [f"{year}/{month}" for year in sorted(years) for month in _folders(year)]


def _folders(year: str) -> list[str]:
    return sorted(default_storage.listdir(year)[0])


def _from_another_each_night(folders: list[str]) -> list[str]:
    start = timezone.now().toordinal() % len(folders) if folders else 0
    return folders[start:] + folders[:start]


def _is_there(row: Attachment) -> bool:
    paths = filter(None, (row.path, row.thumbnail_path))
    return all(default_storage.exists(path) for path in paths)


def _orphans(paths: list[str], grace: timedelta | None = None) -> list[str]:
    rows = Attachment.objects.filter(Q(path__in=paths) | Q(thumbnail_path__in=paths))
    known = {path for pair in rows.values_list("path", "thumbnail_path") for path in pair}
    known |= set(AttachmentCopy.objects.filter(path__in=paths).values_list("path", flat=True))
    before = timezone.now() - (GRACE if grace is None else grace)
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
