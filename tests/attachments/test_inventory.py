"""What the nightly round deletes, and what it leaves alone."""

import logging
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import User
from attachments import intake, inventory, services, tasks
from attachments.models import Attachment

pytestmark = pytest.mark.django_db


def orphan(folder: Path, days: int) -> Path:
    """A stored file without a row, written so many days ago."""
    stored = intake.receive([b"orphan"], name="o.txt", max_bytes=99)
    path, at = folder / stored.path, (timezone.now() - timedelta(days=days)).timestamp()
    os.utime(path, (at, at))
    return path


@pytest.fixture
def kept(owner: User, files_folder: Path) -> Attachment:
    """A file with its row, as old as can be."""
    made = services.store([b"words"], record=owner, name="a.txt", by=owner, max_bytes=99)
    os.utime(files_folder / made.path, (1_600_000_000, 1_600_000_000))
    return made


def test_the_round_deletes_old_orphans_alone(kept: Attachment, files_folder: Path) -> None:
    old, young = orphan(files_folder, days=31), orphan(files_folder, days=29)

    tasks.tidy_files()

    there = [path.exists() for path in (old, young, files_folder / kept.path)]
    assert there == [False, True, True]


def test_the_round_deletes_nothing_where_rows_were_lost(
    kept: Attachment,
    files_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(inventory, "FEW", 1)
    lost = [orphan(files_folder, days=40) for _ in range(2)]

    with caplog.at_level(logging.ERROR):
        gone = inventory.tidy()

    assert (gone, [path.exists() for path in lost]) == (0, [True, True])
    assert "2 of 3 files" in caplog.text


def test_the_round_stops_in_time_and_begins_elsewhere_the_next_night(
    monkeypatch: pytest.MonkeyPatch, files_folder: Path
) -> None:
    monkeypatch.setattr(inventory, "SECONDS", 0)
    old = orphan(files_folder, days=40)
    months = ["2026/01", "2026/02", "2026/03"]

    assert (inventory.tidy(), old.exists()) == (0, True)
    first = inventory._from_another_each_night(months)
    assert sorted(first) == months
    assert inventory._from_another_each_night([]) == []


def test_the_round_clears_what_was_deleted_long_ago(
    kept: Attachment, files_folder: Path, django_capture_on_commit_callbacks: object
) -> None:
    Attachment.objects.update(deleted_at=timezone.now() - timedelta(days=31))

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        tasks.tidy_files()

    assert (Attachment.objects.count(), (files_folder / kept.path).exists()) == (0, False)
