"""The record or file an address speaks of, as far as its user may act there."""

import uuid
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from attachments import visibility
from attachments.models import Attachment


def record(user: User, label: str, pk: int) -> models.Model:
    """A record that takes files and that `user` sees. Raises Http404."""
    if not visibility.takes_files(label):
        raise Http404
    model: Any = apps.get_model(label)
    rows = model._default_manager
    if hasattr(rows, "visible_to"):
        rows = rows.visible_to(user)
    elif not _is_own(user, model, pk):
        raise Http404
    found: models.Model | None = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def changeable_record(user: User, label: str, pk: int) -> models.Model:
    """The same, whose files they may change. Raises Http404 or PermissionDenied."""
    found = record(user, label, pk)
    _check(user, found)
    return found


def changeable_file(user: User, key: uuid.UUID, *, deleted: bool = False) -> Attachment:
    """A file they see and may change; a deleted one if asked. Raises Http404, PermissionDenied."""
    rows = Attachment.objects.filter(uuid=key, deleted_at__isnull=not deleted)
    found = rows.filter(visibility.clause(user)).select_related("model_type").first()
    if found is None or not isinstance(found.record, models.Model):
        raise Http404
    _check(user, found.record)
    return found


def _check(user: User, owner: models.Model) -> None:
    if not visibility.may_change(user, owner):
        raise PermissionDenied(_("You may look at these files but not change them."))


def _is_own(user: User, model: Any, pk: int) -> bool:
    """Users have no `visible_to`: files on them are seen by the clause that stands for them."""
    return model is User and (user.pk == pk or user.has_perm("accounts.view_user"))
