"""The routes that send something out."""

import base64
import binascii
import time
from typing import Any

from waha.gateway.simulator.ids import api_message_id, chat_address
from waha.gateway.simulator.media import Media
from waha.gateway.simulator.router import (
    Answer,
    Handler,
    crashed,
    not_implemented,
    refuse,
    route,
    working,
)
from waha.gateway.simulator.server import Request, Response
from waha.gateway.simulator.state import Json, Message, Session
from waha.gateway.simulator.world import World

NO_CHAT = "Cannot read properties of undefined (reading 'includes')"
LOCKED = "server returned error 463"
KINDS = {
    "/api/sendText": "text",
    "/api/sendImage": "image",
    "/api/sendFile": "document",
    "/api/sendVoice": "voice",
    "/api/sendVideo": "video",
    "/api/sendLocation": "location",
    "/api/sendContactVcard": "contact",
    "/api/sendPoll": "poll",
}


def _sends(path: str) -> None:
    async def send(world: World, request: Request) -> Response:
        session, chat_id = target(world, request)
        body = request.json()
        fields = _fields(KINDS[path], body)
        if (replied := body.get("reply_to")) and (original := session.find(str(replied))):
            fields["reply_to"] = original.raw_id
        if body.get("id") and world.options.engine != "WEBJS":
            fields |= {"raw_id": str(body["id"]), "reserved": True}
        message = world.own_message(session, chat_id, kind=KINDS[path], **fields)
        await world.accept(session, message)
        return Response.of(world.shapes.answer(session, message), 201)

    handler: Handler = send
    route("POST", path)(handler)


for _path in KINDS:
    _sends(_path)


def target(world: World, request: Request) -> tuple[Session, str]:
    """Return the session and chat a send is meant for, with WAHA's ways of refusing."""
    body = request.json()
    session = working(world, str(body.get("session") or "default"))
    if not isinstance(body.get("chatId"), str) or not body["chatId"]:
        raise Answer(crashed(world, request, NO_CHAT, "TypeError"))
    chat_id = chat_address(body["chatId"])
    if session.reachout_locked and not _knows(world, session, chat_id):
        raise Answer(crashed(world, request, LOCKED))
    return session, chat_id


def _knows(world: World, session: Session, chat_id: str) -> bool:
    key = world.directory.chat_key(chat_id)
    chats = (one.chat_id for one in session.messages.values() if not one.from_me)
    return any(world.directory.chat_key(chat) == key for chat in chats)


def _fields(kind: str, body: Json) -> dict[str, Any]:
    if kind == "text":
        return {"body": str(body.get("text", ""))}
    if kind == "location":
        place: Json = {
            "live": False,
            "latitude": str(body.get("latitude")),
            "longitude": str(body.get("longitude")),
            "name": body.get("title"),
        }
        return {"location": place}
    if kind == "contact":
        return {"vcards": [_vcard(one) for one in body.get("contacts") or []]}
    if kind == "poll":
        return {"poll": body.get("poll") or {"name": "", "options": []}}
    return {"body": body.get("caption") or None, "media": _media(kind, body.get("file") or {})}


def _vcard(contact: Json) -> str:
    if contact.get("vcard"):
        return str(contact["vcard"])
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{contact.get('fullName', '')}"]
    if contact.get("organization"):
        lines.append(f"ORG:{contact['organization']};")
    waid, phone = contact.get("whatsappId") or "", contact.get("phoneNumber") or ""
    lines += [f"TEL;type=CELL;type=VOICE;waid={waid}:{phone}", "END:VCARD"]
    return "\n".join(lines)


def _media(kind: str, file: Json) -> Media:
    try:
        data = base64.b64decode(str(file.get("data") or ""), validate=True)
    except binascii.Error as error:
        raise refuse(400, "Bad Request", "file.data must be base64 encoded") from error
    if kind == "voice":
        return Media("audio/ogg; codecs=opus", data)
    name = file.get("filename") if kind == "document" else None
    return Media(str(file.get("mimetype") or "application/octet-stream"), data, name)


@route("PUT", "/api/reaction")
async def reaction(world: World, request: Request) -> Response:
    body = request.json()
    session = working(world, str(body.get("session") or "default"))
    message = session.find(str(body.get("messageId")))
    if message is None:
        raise refuse(404, "Not Found", "Message not found")
    raw = api_message_id()
    world.webhooks.emit(
        session,
        "message.reaction",
        {
            "id": f"true_{message.chat_id}_{raw}",
            "timestamp": world.own_message(session, message.chat_id).timestamp,
            "from": message.chat_id,
            "fromMe": True,
            "source": "app",
            "reaction": {"text": body.get("reaction", ""), "messageId": message.full_id},
        },
    )
    content = {
        "reactionMessage": {
            "key": _key(message),
            "text": body.get("reaction", ""),
            "senderTimestampMs": str(message.timestamp * 1000),
        }
    }
    return Response.of(_sent(world, session, message, raw, content))


@route("PUT", "/api/{session}/chats/{chatId}/messages/{messageId}")
async def edit(world: World, request: Request) -> Response:
    session, message = _own(world, request)
    text, raw = str(request.json().get("text", "")), api_message_id()
    message.body = text
    change = world.own_message(session, message.chat_id, body=text, raw_id=raw)
    change.extra = {
        "protocolMessage": {
            "key": _key(message),
            "type": "MESSAGE_EDIT",
            "editedMessage": {"extendedTextMessage": {"text": text}},
            "timestampMs": str(change.timestamp * 1000),
        }
    }
    shape = world.shapes.wamessage(session, change, sent=True)
    world.webhooks.emit(session, "message.edited", shape | {"editedMessageId": message.raw_id})
    return Response.of(_sent(world, session, message, raw, change.extra))


@route("DELETE", "/api/{session}/chats/{chatId}/messages/{messageId}")
async def delete(world: World, request: Request) -> Response:
    session, message = _own(world, request)
    raw = api_message_id()
    change = world.own_message(session, message.chat_id, raw_id=raw)
    change.extra = {"protocolMessage": {"key": _key(message), "type": "REVOKE"}}
    shape = world.shapes.wamessage(session, change, sent=True)
    payload = {"after": shape, "before": None, "revokedMessageId": message.raw_id}
    world.webhooks.emit(session, "message.revoked", payload | {"_data": shape["_data"]})
    message.body, message.media = None, None
    return Response.of(_sent(world, session, message, raw, change.extra))


@route("POST", "/api/sendSeen")
async def seen(world: World, request: Request) -> Response:
    session, chat_id = target(world, request)
    session.seen += request.json().get("messageIds") or [chat_id]
    return Response(201)


@route("POST", "/api/startTyping")
async def start_typing(world: World, request: Request) -> Response:
    session, chat_id = target(world, request)
    session.typing.add(chat_id)
    return Response.of({"result": True}, 201)


@route("POST", "/api/stopTyping")
async def stop_typing(world: World, request: Request) -> Response:
    session, chat_id = target(world, request)
    session.typing.discard(chat_id)
    return Response.of({"result": True}, 201)


@route("POST", "/api/{session}/presence")
async def presence(world: World, request: Request) -> Response:
    working(world, request.params["session"])
    return Response(201)


@route("GET", "/api/{session}/new-message-id")
async def new_message_id(world: World, request: Request) -> Response:
    working(world, request.params["session"])
    if world.options.engine == "WEBJS":
        raise not_implemented(world)
    return Response.of({"id": api_message_id()})


@route("POST", "/api/{session}/calls/reject")
async def reject_call(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    body = request.json()
    call_id = str(body.get("id"))
    world.truth.rejected_calls.append(call_id)
    world.webhooks.emit(
        session,
        "call.rejected",
        {
            "id": call_id,
            "from": body.get("from"),
            "timestamp": int(time.time()),
            "isVideo": False,
            "isGroup": False,
            "_data": {},
        },
    )
    return Response(201)


def _own(world: World, request: Request) -> tuple[Session, Message]:
    session = working(world, request.params["session"])
    message = session.find(request.params["messageId"])
    if message is None or not message.from_me:
        raise refuse(404, "Not Found", "Message not found")
    return session, message


def _key(message: Message) -> Json:
    chat = message.chat_id.replace("@c.us", "@s.whatsapp.net")
    return {"remoteJid": chat, "fromMe": message.from_me, "id": message.raw_id}


def _sent(world: World, session: Session, message: Message, raw: str, content: Json) -> Json:
    key = _key(message) | {"fromMe": True, "id": raw}
    if world.options.engine == "NOWEB":
        return world.shapes.noweb_sent(key, content)
    return {"id": f"true_{message.chat_id}_{raw}", "_data": content}
