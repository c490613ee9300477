"""Deletes messages for good, with the reactions and files that hang on them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet

from attachments import services as files
from attachments.models import Attachment
from waha import texts
from waha.models import WahaMark, WahaMedia, WahaMessage, WahaOutbox, WahaReaction

if TYPE_CHECKING:
    from accounts.models import User


def remove_around(pks: Sequence[int], *, by: "User | None") -> None:
    """Delete what hangs on these messages; their keys stay, so that no import brings them back."""
    with transaction.atomic():
        texts.remove(pks)
        WahaReaction.with_removed.filter(message_pk__in=pks).delete()
        WahaMark.objects.filter(message_pk__in=pks).delete()
        WahaMedia.objects.filter(message_id__in=pks).delete()
        WahaOutbox.objects.filter(message_id__in=pks).delete()
        for attachment in Attachment.objects.of_many(WahaMessage, pks):
            files.remove(attachment, by=by)


def remove(rows: QuerySet[Any], pks: Sequence[int], *, by: "User | None") -> None:
    """Delete these messages of a table and what hangs on them, in an order that can be resumed."""
    remove_around(pks, by=by)
    rows.filter(pk__in=pks)._raw_delete(rows.db)
