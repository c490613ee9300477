"""What is done with a whole chat on WhatsApp: the archive, unread, its labels."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from audit import log
from waha.gateway.client import NotSent, Unavailable, WahaClient
from waha.models import WahaChat, WahaChatLabel, WahaLabel
from waha.outbound.abilities import ARCHIVE, lacking
from waha.outbound.asking import ask, journal

if TYPE_CHECKING:
    from accounts.models import User


def archive(*, chat: WahaChat, on: bool, by: "User") -> str:
    """Put a chat into the archive or take it out, here and on WhatsApp.

    Where the engine cannot, only here: returns a sentence that says so, else "". Raises
    MessageRefused.
    """
    session = chat.session
    only_here = lacking(session, ARCHIVE)
    if not only_here:
        ask(session, lambda client: client.archive_chat(session.waha_name, chat.chat_id, on=on))
    payload = {
        "id": chat.chat_id, "archived": on, "timestamp": int(timezone.now().timestamp() * 1000),
    }  # fmt: skip
    entry = "chat.archived" if on else "chat.unarchived"
    journal(session, [("chat.archive", payload)], entry, chat, by)
    if not only_here:
        return ""
    return _("%(reason)s It was done here only.") % {"reason": only_here}


def mark_unread(*, chat: WahaChat, by: "User") -> None:
    """Show the chat as unread on the number's phone. Raises MessageRefused."""
    session = chat.session
    ask(session, lambda client: client.mark_chat_unread(session.waha_name, chat.chat_id))
    log.record("chat.unread_on_phone", target=chat, by=by)


def set_labels(*, chat: WahaChat, labels: Iterable[WahaLabel], by: "User") -> None:
    """Let a chat have exactly these of the labels we know of its number. Raises MessageRefused.

    WAHA takes only whole sets, so what the phone put on meanwhile is asked for first and stays.
    """
    session, wanted = chat.session, {label.pk: label for label in labels}
    rows = WahaChatLabel.objects.filter(chat=chat, is_set=True, label__is_removed=False)
    had = {row.label_id: row.label for row in rows.select_related("label")}
    added = [wanted[pk] for pk in sorted(wanted.keys() - had.keys())]
    removed = [had[pk] for pk in sorted(had.keys() - wanted.keys())]
    if not added and not removed:
        return

    def put(client: WahaClient) -> None:
        there = set(_labels_of(client, session.waha_name, chat.chat_id))
        there |= {label.label_id for label in added}
        there -= {label.label_id for label in removed}
        client.set_chat_labels(session.waha_name, chat.chat_id, sorted(there))

    ask(session, put)
    changes = [("added", label) for label in added] + [("deleted", label) for label in removed]
    events = [
        (f"label.chat.{what}", {"labelId": label.label_id, "chatId": chat.chat_id, "label": None})
        for what, label in changes
    ]
    journal(
        session, events, "chat.labelled", chat, by,
        old={"labels": sorted(str(label) for label in had.values())},
        new={"labels": sorted(str(label) for label in wanted.values())},
    )  # fmt: skip


def _labels_of(client: WahaClient, session: str, chat_id: str) -> list[str]:
    try:
        return client.chat_labels(session, chat_id)
    except Unavailable as error:
        raise NotSent(error.reason, status=error.status) from error
