"""What is done with a whole chat on WhatsApp: the archive, unread, labels."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from audit import log
from waha import labels as label_rows
from waha.gateway.client import NotSent, Unavailable, WahaClient
from waha.models import WahaChat, WahaChatLabel, WahaLabel, WahaSession
from waha.models.label import LABEL_LENGTH
from waha.outbound.abilities import ARCHIVE, lacking
from waha.outbound.asking import ask, journal
from waha.outbound.outbox import clean
from waha.outbound.refusals import MessageRefused

if TYPE_CHECKING:
    from accounts.models import User

COLORS = 20
"""WhatsApp has so many colours for labels, numbered from 0."""


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


def create_label(*, session: WahaSession, name: str, color: int, by: "User") -> WahaLabel:
    """Make a label on the number's account. Raises MessageRefused."""
    words = clean(name)
    if not words:
        raise MessageRefused(_("Give the label a name."))
    if len(words) > LABEL_LENGTH:
        raise MessageRefused(_("The name is too long. Shorten it to 100 characters."))
    if color not in range(COLORS):
        raise MessageRefused(_("Choose one of WhatsApp's colours."))
    if WahaLabel.objects.standing().filter(session=session, name=words).exists():
        raise MessageRefused(_("There is a label of this name already."))
    info = ask(session, lambda client: client.create_label(session.waha_name, words, color))
    if not info.id:
        raise MessageRefused(
            _("WhatsApp gave no answer on the new label. It appears here once it is there.")
        )
    payload = {"id": info.id, "name": info.name or words, "colorHex": info.color}
    label = label_rows.known(session.pk, info.id)
    journal(session, [("label.upsert", payload)], "label.created", session, by, new={"name": words})
    return label
