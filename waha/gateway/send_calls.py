"""Everything that goes out to WhatsApp."""

from collections.abc import Sequence
from typing import Any

from waha.gateway.answers import Json, OutgoingContact, OutgoingFile
from waha.gateway.receipts import Receipt, read_receipt
from waha.gateway.session_calls import escape
from waha.gateway.transport import Transport


class SendCalls(Transport):
    """Sends. Raise NotSent (try again), Refused (never will) or OutcomeUnknown (ask a person).

    `reply_to` is a full message id. `message_id` is one from `new_message_id`; media sends
    have no such field in WAHA.
    """

    def send_text(
        self,
        session: str,
        chat_id: str,
        text: str,
        *,
        reply_to: str | None = None,
        message_id: str | None = None,
    ) -> Receipt:
        """Send a text."""
        body = {"text": text, "reply_to": reply_to, "id": message_id}
        return self._post("sendText", session, chat_id, body)

    def send_image(
        self,
        session: str,
        chat_id: str,
        file: OutgoingFile,
        *,
        caption: str = "",
        reply_to: str | None = None,
    ) -> Receipt:
        """Send a picture, shown in the chat."""
        return self._post("sendImage", session, chat_id, _media(file, caption, reply_to))

    def send_file(
        self,
        session: str,
        chat_id: str,
        file: OutgoingFile,
        *,
        caption: str = "",
        reply_to: str | None = None,
    ) -> Receipt:
        """Send a file as a document, under its name."""
        return self._post("sendFile", session, chat_id, _media(file, caption, reply_to))

    def send_voice(
        self,
        session: str,
        chat_id: str,
        file: OutgoingFile,
        *,
        reply_to: str | None = None,
        convert: bool = False,
    ) -> Receipt:
        """Send a voice note: OGG with Opus, or anything with `convert` where WAHA has ffmpeg."""
        body = _media(file, "", reply_to) | {"convert": convert}
        return self._post("sendVoice", session, chat_id, body)

    def send_video(
        self,
        session: str,
        chat_id: str,
        file: OutgoingFile,
        *,
        caption: str = "",
        reply_to: str | None = None,
        convert: bool = False,
    ) -> Receipt:
        """Send a video (MP4), or anything with `convert` where WAHA has ffmpeg."""
        body = _media(file, caption, reply_to) | {"convert": convert}
        return self._post("sendVideo", session, chat_id, body)

    def send_location(
        self,
        session: str,
        chat_id: str,
        *,
        latitude: float,
        longitude: float,
        title: str = "",
        reply_to: str | None = None,
        message_id: str | None = None,
    ) -> Receipt:
        """Send a place."""
        body = {"latitude": latitude, "longitude": longitude, "title": title}
        return self._post(
            "sendLocation", session, chat_id, body | {"reply_to": reply_to, "id": message_id}
        )

    def send_contact(
        self,
        session: str,
        chat_id: str,
        contacts: Sequence[OutgoingContact],
        *,
        reply_to: str | None = None,
        message_id: str | None = None,
    ) -> Receipt:
        """Send contact cards."""
        body = {"contacts": [contact.as_json() for contact in contacts]}
        return self._post(
            "sendContactVcard", session, chat_id, body | {"reply_to": reply_to, "id": message_id}
        )

    def send_poll(
        self,
        session: str,
        chat_id: str,
        *,
        name: str,
        options: Sequence[str],
        multiple: bool = False,
        reply_to: str | None = None,
        message_id: str | None = None,
    ) -> Receipt:
        """Send a poll."""
        poll = {"name": name, "options": list(options), "multipleAnswers": multiple}
        body = {"poll": poll, "reply_to": reply_to, "id": message_id}
        return self._post("sendPoll", session, chat_id, body)

    def react(self, session: str, message_id: str, reaction: str) -> Receipt:
        """Put a reaction on a message (full id); an empty one takes it away."""
        body = {"session": session, "messageId": message_id, "reaction": reaction}
        return read_receipt(self._send("PUT", "/api/reaction", body))

    def edit_message(self, session: str, chat_id: str, message_id: str, text: str) -> Receipt:
        """Change the text or caption of an own message. The receipt names the edit's own id."""
        path = _message(session, chat_id, message_id)
        return read_receipt(self._send("PUT", path, {"text": text}))

    def delete_message(self, session: str, chat_id: str, message_id: str) -> Receipt:
        """Delete a message for everyone. The receipt names the deletion's own id."""
        return read_receipt(self._send("DELETE", _message(session, chat_id, message_id)))

    def send_seen(
        self,
        session: str,
        chat_id: str,
        *,
        message_ids: Sequence[str] = (),
        participant: str | None = None,
    ) -> None:
        """Show the customer blue ticks; without ids on all unread messages of the last week."""
        body: Json = {"session": session, "chatId": chat_id}
        if message_ids:
            body["messageIds"] = list(message_ids)
        if participant:
            body["participant"] = participant
        self._read("POST", "/api/sendSeen", json=body)

    def start_typing(self, session: str, chat_id: str) -> None:
        """Show "typing…" to the customer until `stop_typing`: it does not end by itself."""
        self._read("POST", "/api/startTyping", json={"session": session, "chatId": chat_id})

    def stop_typing(self, session: str, chat_id: str) -> None:
        """End "typing…"."""
        self._read("POST", "/api/stopTyping", json={"session": session, "chatId": chat_id})

    def reject_call(self, session: str, caller: str, call_id: str) -> None:
        """Turn a ringing call down. There is no way to take one."""
        body = {"from": caller, "id": call_id}
        self._read("POST", f"/api/{escape(session)}/calls/reject", json=body)

    def _post(self, name: str, session: str, chat_id: str, fields: dict[str, Any]) -> Receipt:
        body = {"session": session, "chatId": chat_id} | {
            field: value for field, value in fields.items() if value is not None
        }
        return read_receipt(self._send("POST", f"/api/{name}", body))


def _media(file: OutgoingFile, caption: str, reply_to: str | None) -> dict[str, Any]:
    return {"file": file.as_json(), "caption": caption or None, "reply_to": reply_to}


def _message(session: str, chat_id: str, message_id: str) -> str:
    chat = f"/api/{escape(session)}/chats/{escape(chat_id)}"
    return f"{chat}/messages/{escape(message_id)}"
