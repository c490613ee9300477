"""What the panel beside a chat shows: who it is, labels, starred messages, a group's members."""

from typing import Any

from accounts.models import User
from waha.gateway.payloads import is_lid
from waha.inbox import label_chips, members, pages
from waha.models import ChatKind, LookupKind, WahaChat, WahaLookup
from waha.outbound import abilities

Context = dict[str, Any]


def read(user: User, row: WahaChat) -> Context:
    """The keys of the panel of a chat that was read through `visible_to`."""
    chat = pages.one_chat(user, row.pk)
    known = label_chips.of_number(row.session)
    return {
        "chat": chat,
        "labels": known,
        "chosen": {chip.pk for chip in chat.labels},
        "members": members.read(user, row) if row.kind == ChatKind.GROUP else None,
        "is_nameless_lid": is_lid(row.chat_id),
        "lid_asked": _asked(row) if is_lid(row.chat_id) else None,
        "archive_note": abilities.lacking(row.session, abilities.ARCHIVE),
    }


def _asked(row: WahaChat) -> WahaLookup | None:
    """The question for the phone behind a LID, once it was answered."""
    rows = WahaLookup.objects.filter(session_id=row.session_id, kind=LookupKind.LID, ref=row.pk)
    return rows.filter(answered_at__isnull=False).first()
