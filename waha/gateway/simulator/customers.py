"""What customers do: write, react, edit, take back, read and call."""

import time
from typing import Any

from waha.gateway.simulator import media
from waha.gateway.simulator.ids import (
    call_id,
    chat_address,
    is_group,
    jid,
    phone_message_id,
)
from waha.gateway.simulator.media import Media
from waha.gateway.simulator.state import Json, Message, Person, Session
from waha.gateway.simulator.world import World

FILES = {"image", "sticker", "document", "voice", "audio", "video"}
UNSUPPORTED: Json = {"eventMessage": {"name": "Team meeting", "isCanceled": False}}


def write(
    world: World,
    session: Session,
    chat: str,
    text: str | None = None,
    *,
    kind: str = "text",
    sender: str | None = None,
    reply_to: str | None = None,
    message_id: str | None = None,
    timestamp: int | None = None,
    from_me: bool = False,
    emit: bool = True,
    file: Media | None = None,
    name: str | None = None,
    know_alt: bool = True,
) -> Message:
    """Let a message of any kind come into a chat, or out of our own phone with `from_me`.

    `emit=False` puts it into the history only, as WhatsApp's sync does: WAHA tells nobody.
    """
    chat_id = chat_address(chat)
    author = chat_id
    if is_group(chat_id):
        author = chat_address(sender) if sender else _member(world, chat_id)
    person = world.directory.person(author)
    original = session.find(reply_to) if reply_to else None
    fields: dict[str, Any] = _content(world, kind, text, file)
    message = Message(
        raw_id=message_id or phone_message_id(),
        chat_id=chat_id,
        from_me=from_me,
        timestamp=timestamp or int(time.time()),
        kind=kind,
        participant=_participant(session, chat_id, author, from_me),
        alt=person.other(author) if person and know_alt and _shows_alt(author, chat_id) else None,
        push_name=None if from_me else name or (person.name if person else "Customer"),
        reply_to=original.raw_id if original else None,
        **fields,
    )
    session.messages[message.raw_id] = message
    if not from_me:
        world.truth.customer_messages.append((session.name, chat_id, message.raw_id))
    if emit:
        world.publish(session, message)
    return message


def react(world: World, session: Session, message: Message, emoji: str) -> None:
    """Let the customer react to a message; an empty emoji takes the reaction back."""
    raw = phone_message_id()
    payload: Json = {
        "id": f"false_{message.chat_id}_{raw}",
        "timestamp": int(time.time()),
        "from": message.chat_id,
        "fromMe": False,
        "source": "app",
        "reaction": {"text": emoji, "messageId": message.full_id},
    }
    world.webhooks.emit(session, "message.reaction", payload)


def edit(world: World, session: Session, message: Message, text: str) -> None:
    """Let the author change a message."""
    message.body = text
    content: Json = {
        "editedMessage": {
            "message": {
                "protocolMessage": {
                    "key": _key(message),
                    "type": 14,
                    "editedMessage": {"conversation": text},
                    "timestampMs": str(int(time.time() * 1000)),
                }
            }
        }
    }
    change = _change(message, content, body=text)
    shape = world.shapes.wamessage(session, change)
    world.webhooks.emit(session, "message.edited", shape | {"editedMessageId": message.raw_id})


def revoke(world: World, session: Session, message: Message) -> None:
    """Let the author delete a message for everyone."""
    content: Json = {"protocolMessage": {"key": _key(message), "type": 0}}
    shape = world.shapes.wamessage(session, _change(message, content))
    payload = {"after": shape, "before": None, "revokedMessageId": message.raw_id}
    world.webhooks.emit(session, "message.revoked", payload | {"_data": shape["_data"]})
    message.body, message.media = None, None


def read(world: World, session: Session, chat: str, ack: int = 3) -> int:
    """Let the customer read what we wrote; returns how many messages turned."""
    key = world.directory.chat_key(chat)
    turned = [
        one
        for one in session.messages.values()
        if one.from_me and one.ack < ack and world.directory.chat_key(one.chat_id) == key
    ]
    reader = _member(world, chat) if is_group(chat) else ""
    for message in turned:
        world.send_ack(session, message, ack, reader)
    return len(turned)


def call(
    world: World,
    session: Session,
    chat: str,
    *,
    video: bool = False,
    outcome: str = "rejected",
    ring: float = 5.0,
    identity: str | None = None,
    anonymous: bool = False,
) -> str:
    """Let a phone ring; `outcome` is accepted, rejected or missed (which WAHA never tells)."""
    identity = identity or call_id()
    payload: Json = {"id": identity, "from": chat_address(chat), "timestamp": int(time.time())}
    if anonymous:
        del payload["from"]
    payload |= {"isVideo": video, "isGroup": False}
    data: Json = {"chatId": jid(chat_address(chat)), "id": identity, "status": "offer"}
    world.webhooks.emit(session, "call.received", payload | {"_data": data})
    if outcome in {"accepted", "rejected"}:
        status = {"accepted": "accept", "rejected": "terminate"}[outcome]
        end = payload | {"_data": data | {"status": status}}
        world.spawn(_end_call(world, session, f"call.{outcome}", end, ring), due=True)
    return identity


def show_presence(world: World, session: Session, chat: str, presence: str) -> None:
    """Let a customer be seen online, typing, recording, paused or offline."""
    chat_id = chat_address(chat)
    seen = int(time.time()) if presence == "offline" else None
    one: Json = {"participant": chat_id, "lastKnownPresence": presence, "lastSeen": seen}
    payload = {"id": chat_id, "presences": [one]}
    world.webhooks.emit(session, "presence.update", payload)


async def _end_call(
    world: World, session: Session, event: str, payload: Json, after: float
) -> None:
    await world.sleep(after)
    if payload["id"] not in world.truth.rejected_calls:
        world.webhooks.emit(session, event, payload | {"timestamp": int(time.time())})


def _content(world: World, kind: str, text: str | None, file: Media | None) -> dict[str, Any]:
    if kind in FILES or file is not None:
        caption = text if kind in {"image", "video", "document"} or file else None
        return {"body": caption, "media": file or media.make(kind, world.rng, text or "")}
    if kind == "location":
        place = {"latitude": "30.044420", "longitude": "31.235712", "name": text or "Tahrir Square"}
        return {"location": {"live": False, **place, "address": "Cairo"}}
    if kind == "contact":
        name = text or "Bernd Beispiel"
        tel = "TEL;type=CELL;waid=447700900222:+44 7700 900222"
        return {"vcards": [f"BEGIN:VCARD\nVERSION:3.0\nFN:{name}\n{tel}\nEND:VCARD"]}
    if kind == "poll":
        return {"poll": {"name": text or "When?", "options": ["Mon", "Tue"]}}
    if kind == "unsupported":
        return {"extra": UNSUPPORTED}
    return {"body": text if text is not None else "Hello"}


def _member(world: World, group_id: str) -> str:
    group = world.directory.groups.get(group_id)
    people: list[Person] = [
        person
        for phone in (group.members if group else ())
        if (person := world.directory.people.get(phone))
    ]
    return world.rng.choice(people).lid if people else "447700900123@c.us"


def _participant(session: Session, chat_id: str, author: str, from_me: bool) -> str | None:
    if not is_group(chat_id):
        return None
    return session.own_id if from_me else author


def _shows_alt(author: str, chat_id: str) -> bool:
    """NOWEB names the other address for a LID only, or for anybody in a group."""
    return author.endswith("@lid") or is_group(chat_id)


def _change(message: Message, content: Json, body: str | None = None) -> Message:
    return Message(
        raw_id=phone_message_id(),
        chat_id=message.chat_id,
        from_me=message.from_me,
        timestamp=int(time.time()),
        body=body,
        participant=message.participant,
        alt=message.alt,
        push_name=message.push_name,
        extra=content,
    )


def _key(message: Message) -> Json:
    return {"remoteJid": jid(message.chat_id), "fromMe": message.from_me, "id": message.raw_id}
