"""What is changed on WhatsApp beside messages: stars, pins, the archive, labels.

All of it may be asked twice. Raises as sends do: NotSent, Refused or OutcomeUnknown.
"""

from collections.abc import Sequence
from typing import Any

from waha.gateway.answers import LabelInfo, as_dict, as_list
from waha.gateway.session_calls import escape
from waha.gateway.transport import Transport

MOST_CHATS = 5000
"""So many chats of one label are read; WAHA gives them all at once."""


class MarkCalls(Transport):
    """Marks on messages and chats. `message_id` is a full message id."""

    def star(self, session: str, chat_id: str, message_id: str, *, on: bool) -> None:
        """Star a message, or take the star away; not on GOWS."""
        body = {"session": session, "chatId": chat_id, "messageId": message_id, "star": on}
        self._send("PUT", "/api/star", body)

    def pin(self, session: str, chat_id: str, message_id: str, *, seconds: int) -> None:
        """Pin a message for everybody in the chat for 1, 7 or 30 days; on WEBJS and NOWEB."""
        path = _message(session, chat_id, message_id)
        self._send("POST", f"{path}/pin", {"duration": seconds})

    def unpin(self, session: str, chat_id: str, message_id: str) -> None:
        """Take a pin away."""
        self._send("POST", f"{_message(session, chat_id, message_id)}/unpin")

    def archive_chat(self, session: str, chat_id: str, *, on: bool) -> None:
        """Put a chat into the archive, or take it out; not on GOWS."""
        self._send("POST", f"{_chat(session, chat_id)}/{'archive' if on else 'unarchive'}")

    def mark_chat_unread(self, session: str, chat_id: str) -> None:
        """Show the chat as unread on the phone."""
        self._send("POST", f"{_chat(session, chat_id)}/unread")

    def labels(self, session: str) -> list[LabelInfo]:
        """Return the labels of a WhatsApp Business account; none for others."""
        found = self._read("GET", f"/api/{escape(session)}/labels")
        return [one for one in map(LabelInfo.read, as_list(found)) if one.id]

    def label_chats(self, session: str, label_id: str) -> list[str]:
        """Return the addresses of the chats that have a label; at most MOST_CHATS."""
        path = f"/api/{escape(session)}/labels/{escape(label_id)}/chats"
        found = self._read("GET", path)
        rows = list(found.values()) if isinstance(found, dict) else found
        if not isinstance(rows, list):
            return []
        return [address for row in rows[:MOST_CHATS] if (address := _address(row))]

    def chat_labels(self, session: str, chat_id: str) -> list[str]:
        """Return the ids of a chat's labels as they are now."""
        path = f"/api/{escape(session)}/labels/chats/{escape(chat_id)}"
        return [one.id for one in map(LabelInfo.read, as_list(self._read("GET", path)))]

    def create_label(self, session: str, name: str, color: int) -> LabelInfo:
        """Make a label; `color` is WhatsApp's number of it, 0 to 19."""
        body = {"name": name, "color": color, "colorHex": None}
        answer = self._send("POST", f"/api/{escape(session)}/labels", body)
        return LabelInfo.read(as_dict(answer))

    def update_label(
        self, session: str, label_id: str, name: str, *, color: int | None = None, hex_: str = ""
    ) -> LabelInfo:
        """Give a label another name or colour; `hex_` is the colour it keeps where none is new."""
        body = {"name": name, "color": color, "colorHex": None if color is not None else hex_}
        answer = self._send("PUT", _label(session, label_id), body)
        return LabelInfo.read(as_dict(answer))

    def delete_label(self, session: str, label_id: str) -> None:
        """Delete a label, which takes it off every chat."""
        self._send("DELETE", _label(session, label_id))

    def set_chat_labels(self, session: str, chat_id: str, label_ids: Sequence[str]) -> None:
        """Let a chat have exactly these labels."""
        body = {"labels": [{"id": label_id} for label_id in label_ids]}
        self._send("PUT", f"/api/{escape(session)}/labels/chats/{escape(chat_id)}", body)


def _chat(session: str, chat_id: str) -> str:
    return f"/api/{escape(session)}/chats/{escape(chat_id)}"


def _label(session: str, label_id: str) -> str:
    return f"/api/{escape(session)}/labels/{escape(label_id)}"


def _message(session: str, chat_id: str, message_id: str) -> str:
    return f"{_chat(session, chat_id)}/messages/{escape(message_id)}"


def _address(row: Any) -> str:
    """The chat's address in a row whose shape differs per engine."""
    found = row.get("id") if isinstance(row, dict) else row
    if isinstance(found, dict):
        found = found.get("_serialized")
    return found if isinstance(found, str) else ""
