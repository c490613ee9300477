"""Messages with a star, and those that are pinned on top of a chat."""

from accounts.models import User
from waha.inbox import threads
from waha.inbox.bubbles import Bubble
from waha.inbox.open_chat import Chat
from waha.models import MarkKind, WahaMark

MOST_STARRED = 50
MOST_PINNED = 3
"""WhatsApp pins at most three messages in a chat."""


def starred(user: User, chat: Chat) -> list[Bubble]:
    """The messages of a chat that were starred last, newest star first; at most MOST_STARRED."""
    return _bubbles(user, chat, MarkKind.STAR, MOST_STARRED)


def pinned(user: User, chat: Chat) -> list[Bubble]:
    """The messages pinned in a chat, the last one first."""
    return _bubbles(user, chat, MarkKind.PIN, MOST_PINNED)


def _bubbles(user: User, chat: Chat, kind: MarkKind, most: int) -> list[Bubble]:
    rows = WahaMark.objects.visible_to(user).standing().filter(chat_id=chat.pk, kind=kind)
    pks = list(rows.order_by("-marked_at").values_list("message_pk", flat=True)[:most])
    if not pks:
        return []
    found = {bubble.pk: bubble for bubble in threads.newer(user, chat, also=pks).bubbles}
    shown = [found[pk] for pk in pks if pk in found]
    return [bubble for bubble in shown if not bubble.revoked]
