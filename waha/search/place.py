"""Where in its chat a message that was found stands."""

from accounts.models import User
from mercury.db import keyset
from mercury.db.keyset import Cursor
from waha.models import WahaMessageText

BEFORE = 8
"""Messages that are shown above it, so that one sees what it answers."""


def around(user: User, chat_id: int, message_id: int) -> Cursor | None:
    """The place in a chat from which a page shows the message and a few before it.

    None when search does not know it, or not in that chat, or not for this user. Two look-ups by
    index, archived or not.
    """
    texts = WahaMessageText.objects.visible_to(user).filter(chat_id=chat_id)
    found = texts.filter(pk=message_id).only("created_at").first()
    if found is None:
        return None
    here = Cursor(found.created_at, found.pk)
    before = list(
        texts.filter(keyset.before("created_at", here))
        .order_by("-created_at", "-pk")
        .values_list("created_at", "pk")[:BEFORE]
    )
    at, pk = before[-1] if before else (here.at, here.pk)
    return Cursor(at, pk - 1)
