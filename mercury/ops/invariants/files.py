"""Files: each row's file is there, of its size and hash; no file is without a row."""

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.db.models.functions import Mod
from django.utils import timezone

from attachments.models import Attachment, AttachmentCopy
from mercury.ops.invariants.rules import ENOUGH, Outcome, Rule

NIGHTS = 7
CHUNK_BYTES = 1024 * 1024
YOUNG = timedelta(hours=1)
"""A file is written before its row: a young one without a row may be on its way."""


def tonight() -> "QuerySet[Attachment]":
    """A seventh of the files: all of them within a week, whatever a look-up costs on S3."""
    rows = Attachment.objects.annotate(night=Mod("pk", NIGHTS))
    return rows.filter(night=timezone.now().toordinal() % NIGHTS)


def wrong_sizes(keys: list[int]) -> dict[int, str]:
    """Rows whose file is not there or of another size."""
    found = {}
    for pk, path, size in Attachment.objects.filter(pk__in=keys).values_list("pk", "path", "size"):
        try:
            there = default_storage.size(path)
        except FileNotFoundError:
            found[pk] = "its file is gone"
            continue
        if there != size:
            found[pk] = f"its file has {there} bytes instead of {size}"
    return found


def wrong_hashes(keys: list[int]) -> dict[int, str]:
    """Rows whose file is another one than was stored; reads every byte."""
    found = wrong_sizes(keys)
    rows = Attachment.objects.filter(pk__in=keys).exclude(pk__in=found)
    for pk, path, sha256 in rows.values_list("pk", "path", "sha256"):
        if sha256 and _sha256(path) != sha256:
            found[pk] = "its bytes are not those that were stored"
    return found


def orphans() -> Outcome:
    """Files on our disk that no row speaks of; nothing to say on S3, which lists too slowly."""
    outcome = Outcome("orphan files")
    try:
        folder = Path(default_storage.path(""))
    except NotImplementedError:
        return outcome
    limit = timezone.now() - YOUNG
    for portion in _portions(folder, limit.timestamp()):
        outcome.looked_at += len(portion)
        known = set(Attachment.objects.filter(path__in=portion).values_list("path", flat=True))
        known |= set(
            Attachment.objects.filter(thumbnail_path__in=portion).values_list(
                "thumbnail_path", flat=True
            )
        )
        known |= set(AttachmentCopy.objects.filter(path__in=portion).values_list("path", flat=True))
        outcome.violations |= dict.fromkeys(
            sorted(set(portion) - known), "no row speaks of this file"
        )
        if len(outcome.violations) >= ENOUGH:
            outcome.is_finished = False
            break
    return outcome


def _portions(folder: Path, before: float, size: int = 500) -> Iterator[list[str]]:
    portion: list[str] = []
    for place, _folders, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if path.stat().st_mtime < before:
                portion.append(path.relative_to(folder).as_posix())
            if len(portion) == size:
                yield portion
                portion = []
    if portion:
        yield portion


def _sha256(path: str) -> str:
    digest = hashlib.sha256()
    with default_storage.open(path) as file:
        for chunk in iter(lambda: file.read(CHUNK_BYTES), b""):
            digest.update(chunk)
    return digest.hexdigest()


TONIGHT = Rule("files", "each file is there, of its size (a seventh each night)",
               tonight, wrong_sizes)  # fmt: skip
EVERY_BYTE = Rule("files", "each file is there, byte by byte", Attachment.objects.all, wrong_hashes)
