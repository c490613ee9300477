"""Stars, pins, the archive and labels: what is kept beside messages and chats."""

import time

from waha.gateway.label_colors import COLORS
from waha.gateway.simulator.ids import chat_address
from waha.gateway.simulator.router import not_implemented, refuse, route, working
from waha.gateway.simulator.server import Request, Response
from waha.gateway.simulator.state import Json, Session
from waha.gateway.simulator.world import World

DAYS = (86400, 604800, 2592000)


@route("PUT", "/api/star")
async def star(world: World, request: Request) -> Response:
    body = request.json()
    session = working(world, str(body.get("session") or "default"))
    if world.options.engine == "GOWS":
        raise not_implemented(world)
    raw_id = _raw(str(body.get("messageId")))
    (session.starred.add if body.get("star") else session.starred.discard)(raw_id)
    return Response()


@route("POST", "/api/{session}/chats/{chatId}/messages/{messageId}/pin")
async def pin(world: World, request: Request) -> Response:
    session = _pinning(world, request)
    raw_id = _raw(request.params["messageId"])
    seconds = request.json().get("duration")
    if seconds not in DAYS:
        raise refuse(400, "Bad Request", "duration must be 86400, 604800 or 2592000")
    session.pinned[raw_id] = time.time() + seconds
    return Response.of({"success": True}, 201)


@route("POST", "/api/{session}/chats/{chatId}/messages/{messageId}/unpin")
async def unpin(world: World, request: Request) -> Response:
    session = _pinning(world, request)
    session.pinned.pop(_raw(request.params["messageId"]), None)
    return Response.of({"success": True}, 201)


@route("POST", "/api/{session}/chats/{chatId}/archive")
async def archive(world: World, request: Request) -> Response:
    return _archive(world, request, on=True)


@route("POST", "/api/{session}/chats/{chatId}/unarchive")
async def unarchive(world: World, request: Request) -> Response:
    return _archive(world, request, on=False)


@route("POST", "/api/{session}/chats/{chatId}/unread")
async def unread(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    session.unread.add(chat_address(request.params["chatId"]))
    return Response.of({}, 201)


@route("GET", "/api/{session}/labels")
async def labels(world: World, request: Request) -> Response:
    return Response.of(list(working(world, request.params["session"]).labels.values()))


@route("POST", "/api/{session}/labels")
async def create_label(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    if not session.is_business:
        raise refuse(422, "Unprocessable Entity", "Labels are only for WhatsApp Business")
    body = request.json()
    color = int(body.get("color") or 0)
    label = session.add_label(str(body.get("name")), color)
    world.webhooks.emit(session, "label.upsert", label)
    return Response.of(label, 201)


@route("PUT", "/api/{session}/labels/{labelId}")
async def update_label(world: World, request: Request) -> Response:
    session, label = _label(world, request)
    body = request.json()
    color = body.get("color")
    if color is None:
        if body.get("colorHex") not in COLORS:
            raise refuse(400, "Bad Request", "Invalid color")
        color = COLORS.index(body["colorHex"])
    label |= {"name": str(body.get("name")), "color": color, "colorHex": COLORS[int(color)]}
    world.webhooks.emit(session, "label.upsert", dict(label))
    return Response.of(label)


@route("DELETE", "/api/{session}/labels/{labelId}")
async def delete_label(world: World, request: Request) -> Response:
    session, label = _label(world, request)
    del session.labels[label["id"]]
    for ids in session.chat_labels.values():
        if label["id"] in ids:
            ids.remove(label["id"])
    # WhatsApp tells a deleted label without its name.
    world.webhooks.emit(session, "label.deleted", label | {"name": ""})
    return Response.of({"result": True})


@route("GET", "/api/{session}/labels/chats/{chatId}")
async def chat_labels(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    ids = session.chat_labels.get(chat_address(request.params["chatId"]), [])
    return Response.of([session.labels[each] for each in ids if each in session.labels])


@route("PUT", "/api/{session}/labels/chats/{chatId}")
async def set_chat_labels(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    chat = chat_address(request.params["chatId"])
    wanted = [str(one.get("id")) for one in request.json().get("labels") or []]
    if any(each not in session.labels for each in wanted):
        raise refuse(404, "Not Found", "Label not found")
    label_chat(world, session, chat, wanted)
    return Response()


@route("GET", "/api/{session}/labels/{labelId}/chats")
async def label_chats(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    wanted = request.params["labelId"]
    chats = [chat for chat, ids in session.chat_labels.items() if wanted in ids]
    return Response.of([{"id": chat} for chat in chats])


def label_chat(world: World, session: Session, chat: str, wanted: list[str]) -> None:
    """Let a chat have exactly these labels, on the phone or by the API: WAHA tells of each."""
    had = session.chat_labels.get(chat, [])
    session.chat_labels[chat] = list(wanted)
    changes = [("added", each) for each in wanted if each not in had]
    changes += [("deleted", each) for each in had if each not in wanted]
    for what, label_id in changes:
        payload = {"labelId": label_id, "chatId": chat, "label": session.labels.get(label_id)}
        world.webhooks.emit(session, f"label.chat.{what}", payload)


def _label(world: World, request: Request) -> tuple[Session, Json]:
    session = working(world, request.params["session"])
    label = session.labels.get(request.params["labelId"])
    if label is None:
        raise refuse(404, "Not Found", "Label not found")
    return session, label


def _archive(world: World, request: Request, *, on: bool) -> Response:
    session = working(world, request.params["session"])
    if world.options.engine == "GOWS":
        raise not_implemented(world)
    chat = chat_address(request.params["chatId"])
    (session.archived.add if on else session.archived.discard)(chat)
    if world.options.engine == "WEBJS":
        payload = {"id": chat, "archived": on, "timestamp": int(time.time())}
        world.webhooks.emit(session, "chat.archive", payload)
    return Response.of({}, 201)


def _pinning(world: World, request: Request) -> Session:
    session = working(world, request.params["session"])
    if world.options.engine == "GOWS":
        raise not_implemented(world)
    return session


def _raw(message_id: str) -> str:
    """The raw id; engines look no message up for a star or a pin, they only want its id."""
    parts = message_id.split("_", 3)
    if len(parts) < 3:
        raise refuse(404, "Not Found", "Message not found")
    return parts[2]
