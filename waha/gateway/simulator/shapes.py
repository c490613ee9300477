"""How a message looks in each engine's JSON: as WAMessage, and as the answer to a send."""

from datetime import UTC, datetime
from typing import Any

from waha.gateway.simulator.ids import is_group, jid
from waha.gateway.simulator.state import ACK_NAMES, Json, Message, Session

BUFFER: Json = {"type": "Buffer", "data": "AAAA"}
MEDIA_NODES = {
    "image": "imageMessage",
    "video": "videoMessage",
    "voice": "audioMessage",
    "audio": "audioMessage",
    "document": "documentMessage",
    "sticker": "stickerMessage",
}


class Shapes:
    """Writes messages the way one engine does. `files_url` is WAHA's idea of its own address."""

    def __init__(self, engine: str, files_url: str, lifetime: float) -> None:
        self.engine = engine
        self.files_url = files_url
        self.lifetime = lifetime

    def wamessage(self, session: Session, message: Message, *, sent: bool = False) -> Json:
        """Return the WAMessage of webhooks and history. `sent`: as in the echo of a send."""
        shape: Json = {
            "id": message.full_id,
            "timestamp": message.timestamp,
            "from": message.chat_id,
            "fromMe": message.from_me,
            "source": message.source,
            "body": message.body if self.engine != "WEBJS" else message.body or "",
        }
        shape |= self._ends(session, message)
        shape |= {
            "hasMedia": message.media is not None,
            "media": self.media(session, message),
            "ack": message.ack,
            "ackName": ACK_NAMES[message.ack],
            "location": message.location,
            "vCards": message.vcards if self.engine != "WEBJS" else message.vcards or [],
            "replyTo": self._reply_to(session, message),
            "_data": self._data(session, message, sent=sent),
        }
        return shape

    def answer(self, session: Session, message: Message) -> Json:
        """Return what the POST that sent `message` answers."""
        if self.engine == "GOWS":
            return {"id": message.full_id, "_data": self._data(session, message, sent=True)}
        if self.engine == "WEBJS":
            return {
                "id": self._webjs_id(message),
                "ack": message.ack,
                "body": message.body or "",
                "type": "chat",
                "timestamp": message.timestamp,
                "to": message.chat_id,
                "fromMe": True,
            }
        if message.kind == "poll":
            return self.wamessage(session, message, sent=True)
        return self.noweb_sent(self._key(message), self.content(session, message, sent=True))

    def noweb_sent(self, key: Json, content: Json) -> Json:
        """Return NOWEB's own object for something just sent."""
        now = int(datetime.now(UTC).timestamp())
        return {"key": key, "message": content, "messageTimestamp": str(now), "status": "PENDING"}

    def media(self, session: Session, message: Message) -> Json | None:
        """Return the media object; the host in it is WAHA's guess, as in reality."""
        media = message.media
        if media is None:
            return None
        shape: Json = {"url": None, "filename": media.filename, "mimetype": media.mimetype}
        if media.failed:
            details = "Error: Failed to fetch stream\n    at downloadMediaMessage (/app/x.js:1:1)"
            return shape | {"error": {"data": None, "isBoom": True, "details": details}}
        if media.is_published(self.lifetime):
            name = f"{message.raw_id}.{media.extension}"
            shape["url"] = f"{self.files_url}/api/files/{session.name}/{name}"
        return shape

    def _ends(self, session: Session, message: Message) -> Json:
        group = is_group(message.chat_id)
        if self.engine == "WEBJS":
            if message.from_me:
                return {"from": session.own_id, "to": message.chat_id}
            ends: Json = {"to": session.own_id}
            return ends | ({"participant": message.participant} if group else {})
        if not group:
            return {"to": None, "participant": None} if self.engine == "GOWS" else {}
        to = message.participant if self.engine == "GOWS" else message.chat_id
        return {"to": to, "participant": message.participant}

    def _reply_to(self, session: Session, message: Message) -> Json | None:
        quoted = session.messages.get(message.reply_to) if message.reply_to else None
        if quoted is None:
            return None
        content = self.content(session, quoted, quoted=True)
        return {
            "id": quoted.raw_id,
            "participant": _author(session, quoted),
            "body": quoted.body,
            "_data": content,
        }

    def _data(self, session: Session, message: Message, *, sent: bool) -> Json:
        if self.engine == "GOWS":
            return self._gows_data(session, message)
        if self.engine == "WEBJS":
            return {
                "id": self._webjs_id(message),
                "body": message.body or "",
                "type": _webjs_type(message),
                "t": message.timestamp,
                "notifyName": message.push_name or session.push_name,
                "from": session.own_id if message.from_me else message.chat_id,
                "to": message.chat_id if message.from_me else session.own_id,
                "ack": message.ack,
            }
        data: Json = {"key": self._key(message)}
        if message.from_me:
            data["message"] = self.content(session, message, sent=sent)
            data["messageTimestamp"] = str(message.timestamp) if sent else message.timestamp
            data["status"] = "PENDING" if sent else message.ack + 1
            return data
        data["messageTimestamp"] = message.timestamp
        data |= {"pushName": message.push_name, "broadcast": False}
        data["message"] = self.content(session, message)
        data["status"] = message.ack + 1
        return data

    def _gows_data(self, session: Session, message: Message) -> Json:
        lid = (message.participant or message.chat_id).endswith("@lid")
        return {
            "Info": {
                "Chat": jid(message.chat_id),
                "Sender": jid(message.participant or message.chat_id),
                "IsFromMe": message.from_me,
                "IsGroup": is_group(message.chat_id),
                "AddressingMode": "lid" if lid else "pn",
                "SenderAlt": jid(message.alt or ""),
                "RecipientAlt": "",
                "ID": message.raw_id,
                "Type": "media" if message.media else "text",
                "PushName": message.push_name or session.push_name,
                "Timestamp": datetime.fromtimestamp(message.timestamp, UTC).isoformat(),
            },
            "Message": self.content(session, message),
            "IsEphemeral": False,
            "IsViewOnce": False,
            "IsEdit": False,
        }

    def _webjs_id(self, message: Message) -> Json:
        return {
            "fromMe": message.from_me,
            "remote": message.chat_id,
            "id": message.raw_id,
            "_serialized": message.full_id,
        }

    def _key(self, message: Message) -> Json:
        key: Json = {
            "remoteJid": jid(message.chat_id),
            "fromMe": message.from_me,
            "id": message.raw_id,
        }
        if message.from_me:
            return key
        if message.participant:
            key["participant"] = jid(message.participant)
        if message.alt:
            key["participantAlt" if message.participant else "remoteJidAlt"] = jid(message.alt)
            lid = (message.participant or message.chat_id).endswith("@lid")
            key["addressingMode"] = "lid" if lid else "pn"
        return key

    def content(
        self, session: Session, message: Message, *, sent: bool = False, quoted: bool = False
    ) -> Json:
        """Return WhatsApp's own message node. `sent`: as JSON of the wire, not of the store."""
        node, body = self._node(message, sent=sent)
        original = session.messages.get(message.reply_to) if message.reply_to else None
        if message.poll is not None and message.from_me:
            secret = {"messageSecret": "yxvVwHbHCaCplq80oT8NIcu8jpSyzHWMA/RihuX+1XI="}
            return {"messageContextInfo": secret, node: body}
        if original is None or quoted:
            return {node: body}
        if node == "conversation":
            node, body = "extendedTextMessage", {"text": message.body}
        context = {
            "participant": jid(_author(session, original)),
            "stanzaId": original.raw_id,
            "quotedMessage": self._quoted(session, original, sent=sent),
        }
        return {node: body | {"contextInfo": context}}

    def _quoted(self, session: Session, original: Message, *, sent: bool) -> Json:
        node, body = self._node(original, sent=sent)
        return {node: body}

    def _node(self, message: Message, *, sent: bool) -> tuple[str, Any]:
        if message.extra is not None:
            return next(iter(message.extra.items()))
        if message.media is not None:
            return MEDIA_NODES[message.kind], _media_node(message, sent=sent)
        if message.location is not None:
            return "locationMessage", {
                "degreesLatitude": float(message.location["latitude"]),
                "degreesLongitude": float(message.location["longitude"]),
                "name": message.location.get("name"),
            }
        if message.vcards:
            return "contactMessage", {"vcard": message.vcards[0]}
        if message.poll is not None:
            options = [{"optionName": name} for name in message.poll["options"]]
            count = 0 if message.poll.get("multipleAnswers") else 1
            poll = {"name": message.poll["name"], "options": options}
            return "pollCreationMessageV3", poll | {"selectableOptionsCount": count}
        if message.from_me and message.source == "api":
            return "extendedTextMessage", {"text": message.body}
        return "conversation", message.body


def _author(session: Session, message: Message) -> str:
    if message.from_me:
        return session.own_id
    return message.participant or message.chat_id


def _media_node(message: Message, *, sent: bool) -> Json:
    media = message.media
    if media is None:
        return {}
    node: Json = {
        "url": "https://mmg.whatsapp.net/v/t62.7118-24/x.enc?oh=1",
        "mimetype": media.mimetype,
        "fileSha256": "AAAA" if sent else BUFFER,
        "fileLength": str(len(media.data)) if sent else len(media.data),
        "mediaKey": "AAAA" if sent else BUFFER,
        "directPath": "/v/t62.7118-24/x.enc",
    }
    if message.body:
        node["caption"] = message.body
    if message.kind in {"image", "sticker"}:
        node |= {"height": 480, "width": 640}
    if message.kind in {"voice", "audio", "video"}:
        node["seconds"] = 6
    if message.kind == "voice":
        node["ptt"] = True
    if message.kind == "document":
        node |= {"fileName": media.filename, "title": media.filename}
    return node


def _webjs_type(message: Message) -> str:
    names = {"text": "chat", "voice": "ptt", "contact": "vcard", "poll": "poll_creation"}
    return names.get(message.kind, message.kind)
