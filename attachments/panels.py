"""What a record's page shows of its files."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.urls import reverse
from django.utils import timezone

from attachments import visibility
from attachments.forms import allowed_bytes
from attachments.models import Attachment, AttachmentType
from mercury.ui import phones

if TYPE_CHECKING:
    from accounts.models import User

MOST = 200
KEPT_DAYS = 30
"""So long a deleted file can be brought back."""

Neighbours = Callable[["User", Any], list[models.Model]]
_neighbours: dict[str, Neighbours] = {}
# Users show their files on a page without a key; staff go on from there by the admin.
_pages = {"accounts.user": "/accounts/profile/#files"}


@dataclass(frozen=True, slots=True)
class Action:
    """A line in the menu of a file that leads to another app's page, an address of its uuid."""

    word: Any
    icon: str
    route: str
    is_for: Callable[["User"], bool]


_actions: list[Action] = []


def register_action(action: Action) -> None:
    """Let files of records have one more line in their menus."""
    _actions.append(action)


def register_neighbours(label: str, neighbours: Neighbours) -> None:
    """Let files of `label` (app.model) move to the records of `neighbours(user, record)`."""
    _neighbours[label] = neighbours


def read(user: "User", record: models.Model) -> dict[str, Any]:
    """The files on a record that was read through its `visible_to`; 2 to 4 queries."""
    may_change = visibility.may_change(user, record)
    files = Attachment.objects.of(record).select_related("uploaded_by")
    label = record._meta.label_lower
    return {
        "files": list(files.kept()[:MOST]),
        "deleted_files": list(bin_of(record)[:MOST]) if may_change else [],
        "may_change_files": may_change,
        "file_types": list(AttachmentType.objects.all()) if may_change else [],
        "file_actions": [action for action in _actions if action.is_for(user)],
        "most_bytes": allowed_bytes(None),
        "upload_url": reverse("attachments:upload", args=[label, record.pk]),
        "undo_file": None,
    }


def bin_of(record: models.Model) -> models.QuerySet[Attachment]:
    """Files of a record that were deleted and can be brought back, the last one first."""
    since = timezone.now() - timedelta(days=KEPT_DAYS)
    return Attachment.objects.of(record).filter(deleted_at__gte=since).order_by("-deleted_at")


@dataclass(frozen=True, slots=True)
class Target:
    """A record that a file may be moved to, and what stands for it in a form."""

    key: str
    name: str
    record: models.Model


def targets(user: "User", record: models.Model) -> list[Target]:
    """Records that a file may be moved to: near this one, and theirs to change."""
    near = _neighbours.get(record._meta.label_lower)
    if near is None:
        return []
    return [
        Target(f"{other._meta.label_lower}.{other.pk}", phones.name(str(other)), other)
        for other in near(user, record)
        if visibility.may_change(user, other)
    ]


def page_of(record: models.Model) -> str:
    """The page on which the files of a record are shown."""
    label = record._meta.label_lower
    if label in _pages:
        return _pages[label]
    return f"{record.get_absolute_url()}?tab=files"  # type: ignore[attr-defined]  # it has one
