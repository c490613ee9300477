"""Chats, their history and their files."""

import re

from waha.gateway.simulator.ids import chat_address
from waha.gateway.simulator.router import Answer, refuse, route, session_named, working
from waha.gateway.simulator.server import Request, Response
from waha.gateway.simulator.state import Json, Message, Session
from waha.gateway.simulator.world import World

RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@route("GET", "/api/{session}/chats/{chatId}/messages")
async def messages(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    chat, query = request.params["chatId"], request.query
    if chat == "all" and world.options.engine == "WEBJS":
        raise refuse(404, "Not Found", "Chat not found")
    found = [one for one in _history(world, session, chat) if _passes(one, query)]
    # Python's sort is stable, so of one second's messages the later one stays the newer.
    found.sort(key=lambda one: one.timestamp)
    if query.get("sortOrder") != "asc":
        found.reverse()
    limit, offset = _page(query, 10)
    page = found[offset : offset + limit]
    if query.get("downloadMedia", "true") != "false":
        _download(page)
    return Response.of([world.shapes.wamessage(session, one) for one in page])


@route("GET", "/api/{session}/chats/{chatId}/messages/{messageId}")
async def message(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    found = session.find(request.params["messageId"])
    if found is None:
        raise refuse(404, "Not Found", "Message not found")
    if request.query.get("downloadMedia", "true") != "false":
        _download([found])
    return Response.of(world.shapes.wamessage(session, found))


@route("POST", "/api/{session}/chats/{chatId}/messages/read")
async def read(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    history = _history(world, session, request.params["chatId"])
    ids = [one.full_id for one in history if not one.from_me and one.full_id not in session.seen]
    session.seen += ids
    return Response.of({"ids": ids}, 201)


@route("GET", "/api/{session}/chats")
async def chats(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    limit, offset = _page(request.query, 100)
    rows = [
        {"id": last.chat_id, "name": name, "conversationTimestamp": last.timestamp}
        for last, name in _chats(world, session)
    ]
    return Response.of(rows[offset : offset + limit])


@route("GET", "/api/{session}/chats/overview")
async def overview(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    limit, offset = _page(request.query, 20)
    rows: list[Json] = [
        {
            "id": last.chat_id,
            "name": name,
            "picture": None,
            "lastMessage": world.shapes.wamessage(session, last) | {"media": None},
            "_chat": {"id": last.chat_id},
        }
        for last, name in _chats(world, session)
    ]
    return Response.of(rows[offset : offset + limit])


@route("GET", "/api/{session}/chats/{chatId}/picture")
async def picture(world: World, request: Request) -> Response:
    working(world, request.params["session"])
    return Response.of({"url": None})


@route("GET", "/api/{session}/presence/{chatId}")
async def presence(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    chat = chat_address(request.params["chatId"])
    last = [one.timestamp for one in _history(world, session, chat) if not one.from_me]
    one = {"participant": chat, "lastKnownPresence": "offline", "lastSeen": max(last, default=None)}
    return Response.of({"id": chat, "presences": [one]})


@route("GET", "/api/files/{session}/{file}")
async def file(world: World, request: Request) -> Response:
    session = session_named(world, request.params["session"])
    raw_id, _, extension = request.params["file"].rpartition(".")
    found = session.messages.get(raw_id)
    media = found.media if found else None
    published = media is not None and media.is_published(world.options.media_lifetime)
    if media is None or not published or media.extension != extension:
        raise refuse(404, "Not Found", "File not found")
    return _ranged(media.data, media.mimetype, request.headers.get("range"))


def _history(world: World, session: Session, chat: str) -> list[Message]:
    every = list(session.messages.values())
    if chat == "all":
        return every
    key = world.directory.chat_key(chat)
    return [one for one in every if world.directory.chat_key(one.chat_id) == key]


def _passes(message: Message, query: dict[str, str]) -> bool:
    since, until = query.get("filter.timestamp.gte"), query.get("filter.timestamp.lte")
    if since and message.timestamp < float(since):
        return False
    if until and message.timestamp > float(until):
        return False
    if "filter.fromMe" in query:
        return message.from_me == (query["filter.fromMe"] == "true")
    return True


def _chats(world: World, session: Session) -> list[tuple[Message, str | None]]:
    latest: dict[str, Message] = {}
    for one in session.messages.values():
        key = world.directory.chat_key(one.chat_id)
        if key not in latest or latest[key].timestamp <= one.timestamp:
            latest[key] = one
    rows = sorted(latest.items(), key=lambda row: row[1].timestamp, reverse=True)
    return [(last, _name(world, key)) for key, last in rows]


def _name(world: World, key: str) -> str | None:
    if group := world.directory.groups.get(key):
        return group.subject
    person = world.directory.person(key)
    return person.name if person else None


def _page(query: dict[str, str], default: int) -> tuple[int, int]:
    try:
        return int(query.get("limit", default)), int(query.get("offset", 0))
    except ValueError as error:
        raise refuse(400, "Bad Request", "limit and offset must be numbers") from error


def _download(page: list[Message]) -> None:
    for one in page:
        if one.media and not one.media.failed:
            one.media.publish()


def _ranged(data: bytes, mimetype: str, header: str | None) -> Response:
    whole = Response(200, data, mimetype, {"Accept-Ranges": "bytes"})
    match = RANGE.fullmatch(header or "")
    if match is None or not any(match.groups()):
        return whole
    first, last = match.groups()
    if not first:  # the last so many bytes
        start, end = max(0, len(data) - int(last)), len(data) - 1
    else:
        start, end = int(first), min(int(last or len(data) - 1), len(data) - 1)
    if start > end:
        raise Answer(Response(416, headers={"Content-Range": f"bytes */{len(data)}"}))
    span = {"Content-Range": f"bytes {start}-{end}/{len(data)}", "Accept-Ranges": "bytes"}
    return Response(206, data[start : end + 1], mimetype, span)
