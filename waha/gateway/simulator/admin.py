"""The simulator's own routes, under `/_simulator/`: what customers do, what breaks, the truth."""

import base64
from typing import Any

from waha.gateway.simulator import customers, pairing
from waha.gateway.simulator.media import Media
from waha.gateway.simulator.router import refuse, route, session_named
from waha.gateway.simulator.server import Request, Response
from waha.gateway.simulator.state import Json, Message, Session
from waha.gateway.simulator.world import World

PREFIX = "/_simulator/"


@route("POST", "/_simulator/say")
async def say(world: World, request: Request) -> Response:
    body = request.json()
    message = say_one(world, body)
    return Response.of({"id": message.full_id, "rawId": message.raw_id}, 201)


@route("POST", "/_simulator/burst")
async def burst(world: World, request: Request) -> Response:
    said = [say_one(world, one) for one in request.json().get("messages") or []]
    return Response.of({"ids": [one.full_id for one in said]}, 201)


@route("POST", "/_simulator/react")
async def react(world: World, request: Request) -> Response:
    session, message = _message(world, request)
    customers.react(world, session, message, str(request.json().get("reaction", "")))
    return Response(201)


@route("POST", "/_simulator/edit")
async def edit(world: World, request: Request) -> Response:
    session, message = _message(world, request)
    customers.edit(world, session, message, str(request.json().get("text", "")))
    return Response(201)


@route("POST", "/_simulator/revoke")
async def revoke(world: World, request: Request) -> Response:
    customers.revoke(world, *_message(world, request))
    return Response(201)


@route("POST", "/_simulator/read")
async def read(world: World, request: Request) -> Response:
    body = request.json()
    turned = customers.read(world, _session(world, body), str(body.get("chat")))
    return Response.of({"read": turned}, 201)


@route("POST", "/_simulator/call")
async def call(world: World, request: Request) -> Response:
    body = request.json()
    options = {
        name: body[name] for name in ("video", "outcome", "ring", "anonymous") if name in body
    }
    found = customers.call(world, _session(world, body), str(body.get("chat")), **options)
    return Response.of({"id": found}, 201)


@route("POST", "/_simulator/presence")
async def presence(world: World, request: Request) -> Response:
    body = request.json()
    shown = str(body.get("presence", "typing"))
    customers.show_presence(world, _session(world, body), str(body.get("chat")), shown)
    return Response(201)


@route("POST", "/_simulator/session")
async def session(world: World, request: Request) -> Response:
    """`status` sets a state; `silent`, `reachoutLocked` and `loggedOut` are switches."""
    body = request.json()
    found = _session(world, body)
    change_session(world, found, body)
    return Response.of({"name": found.name, "status": found.status}, 201)


@route("POST", "/_simulator/scan")
async def scan(world: World, request: Request) -> Response:
    body = request.json()
    phone, name = str(body.get("phone") or ""), str(body.get("pushName") or "")
    pairing.scan(world, _session(world, body), phone, name)
    return Response(201)


@route("POST", "/_simulator/forget-config")
async def forget_config(world: World, request: Request) -> Response:
    """WAHA Core before 2026.6.1 does this at every restart."""
    found = _session(world, request.json())
    found.config = {}
    return Response(201)


@route("GET", "/_simulator/faults")
async def faults(world: World, request: Request) -> Response:
    return Response.of(_faults(world))


@route("POST", "/_simulator/faults")
async def add_fault(world: World, request: Request) -> Response:
    try:
        fault = world.faults.add(**request.json())
    except TypeError as error:
        raise refuse(400, "Bad Request", str(error)) from error
    return Response.of({"id": fault.id}, 201)


@route("DELETE", "/_simulator/faults")
async def clear_faults(world: World, request: Request) -> Response:
    world.faults.clear()
    return Response()


@route("POST", "/_simulator/webhook-faults")
async def webhook_faults(world: World, request: Request) -> Response:
    try:
        world.faults.set_webhooks(**request.json())
    except TypeError as error:
        raise refuse(400, "Bad Request", str(error)) from error
    return Response.of(_faults(world), 201)


@route("GET", "/_simulator/truth")
async def truth(world: World, request: Request) -> Response:
    return Response.of(world.truth.as_json())


@route("POST", "/_simulator/settle")
async def settle(world: World, request: Request) -> Response:
    quiet = await world.settle(float(request.json().get("timeout", 10)))
    return Response.of({"settled": quiet}, 201)


@route("POST", "/_simulator/reset")
async def reset(world: World, request: Request) -> Response:
    world.reset()
    return Response(201)


def say_one(world: World, body: Json) -> Message:
    """Let one customer say what `body` describes; see docs of `Simulator.say` for its fields."""
    options: dict[str, Any] = {
        ours: body[theirs]
        for theirs, ours in (
            ("kind", "kind"),
            ("sender", "sender"),
            ("replyTo", "reply_to"),
            ("messageId", "message_id"),
            ("timestamp", "timestamp"),
            ("fromMe", "from_me"),
            ("emit", "emit"),
            ("name", "name"),
            ("knowAlt", "know_alt"),
        )
        if theirs in body
    }
    if file := body.get("file"):
        data = base64.b64decode(file["data"])
        options["file"] = Media(file["mimetype"], data, file.get("filename"))
    text = body.get("text")
    try:
        return customers.write(world, _session(world, body), str(body["chat"]), text, **options)
    except (KeyError, ValueError) as error:
        raise refuse(400, "Bad Request", f"Cannot say that: {error}") from error


def change_session(world: World, session: Session, change: Json) -> None:
    """Put a session into a state by force, or turn one of its switches."""
    session.silent = bool(change.get("silent", session.silent))
    locked = bool(change.get("reachoutLocked", session.reachout_locked))
    pairing.lock_reachout(world, session, locked)
    if change.get("loggedOut"):
        pairing.fail(world, session)
    elif status := change.get("status"):
        session.epoch += 1
        session.paired = session.paired or status == "WORKING"
        pairing.set_status(world, session, str(status))


def _session(world: World, body: Json) -> Session:
    return session_named(world, str(body.get("session") or "default"))


def _message(world: World, request: Request) -> tuple[Session, Message]:
    body = request.json()
    session = _session(world, body)
    message = session.find(str(body.get("id")))
    if message is None:
        raise refuse(404, "Not Found", "Message not found")
    return session, message


def _faults(world: World) -> Json:
    rest = [
        {name: getattr(fault, name) for name in fault.__dataclass_fields__}
        for fault in world.faults.rest
    ]
    webhooks = world.faults.webhooks
    return {
        "rest": rest,
        "webhooks": {name: getattr(webhooks, name) for name in webhooks.__dataclass_fields__},
    }
