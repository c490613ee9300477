"""Chats that stand on top of the list, for everybody who works on the number."""

from django.db import transaction
from django.utils.translation import ngettext

from accounts.models import User
from audit import log
from mercury.db.retry import retried
from waha import updates
from waha.models import UpdateKind, WahaChat, WahaSession

MOST = 20


class PinRefused(Exception):
    """A chat that is not pinned; the text is a sentence fit to show."""


@retried()
@transaction.atomic
def pin(*, chat: WahaChat, by: User) -> None:
    """Keep `chat` on top. It is ours alone: WhatsApp's own pins stay as they are.

    Raises PinRefused when the number has MOST of them: the first page shows all.
    """
    WahaSession.objects.select_for_update().get(pk=chat.session_id)
    others = WahaChat.objects.filter(session_id=chat.session_id, pinned=True).exclude(pk=chat.pk)
    if others.count() >= MOST:
        raise PinRefused(
            ngettext(
                "A number has at most %(most)s pinned chat. Unpin another one first.",
                "A number has at most %(most)s pinned chats. Unpin another one first.",
                MOST,
            )
            % {"most": MOST}
        )
    _set(chat, by, pinned=True)


@retried()
@transaction.atomic
def unpin(*, chat: WahaChat, by: User) -> None:
    """Let `chat` stand where its last message puts it."""
    _set(chat, by, pinned=False)


def _set(chat: WahaChat, by: User, *, pinned: bool) -> None:
    if not WahaChat.objects.filter(pk=chat.pk, pinned=not pinned).update(pinned=pinned):
        return
    log.record("chat.pinned" if pinned else "chat.unpinned", target=chat, by=by)
    updates.record(UpdateKind.CHAT, chat.session_id, chat.pk, chat.pk)
