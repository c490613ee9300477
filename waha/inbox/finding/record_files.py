"""Files that hang on customers, companies, instructors and users, by their names."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType

from accounts.models import User
from attachments import panels, visibility
from attachments.models import Attachment
from mercury.ui import phones
from waha.inbox.finding.marks import Piece
from waha.inbox.finding.rows import Named, Row
from waha.inbox.numbers import Number


def find(user: User, named: Named, numbers: Sequence[Number], most: int) -> list[Row]:
    """The newest first: one query, and one for each kind of record they hang on.

    Files of messages are not among them: those are found by the words of their messages.
    """
    kinds = [apps.get_model(label) for label in visibility.kinds_with_files()]
    types = ContentType.objects.get_for_models(*kinds).values()
    rows = (
        Attachment.objects.visible_to(user)
        .filter(named.q("display_name"), model_type__in=[each.pk for each in types])
        .order_by("-created_at", "-pk")
        .prefetch_related("record")
    )
    return [_row(user, file, named) for file in rows[:most]]


def _row(user: User, file: Attachment, named: Named) -> Row:
    record: Any = file.record
    name = phones.text(file.display_name)
    return Row(
        named.marked(name),
        # A user's files have a page for themselves alone.
        file.get_absolute_url()
        if isinstance(record, User) and record.pk != user.pk
        else panels.page_of(record),
        name,
        icon="paperclip",
        detail=[Piece(str(record))],
        at=file.created_at,
    )
