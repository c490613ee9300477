"""The server's and the sessions' own routes."""

import base64
import re
import time
from typing import Any
from urllib.parse import urlsplit

from waha.gateway.simulator import media, pairing
from waha.gateway.simulator.options import EVENTS
from waha.gateway.simulator.router import in_state, refuse, route, session_named
from waha.gateway.simulator.server import Request, Response
from waha.gateway.simulator.state import Json, Session
from waha.gateway.simulator.world import World

NAME = re.compile(r"[A-Za-z0-9_-]{1,54}")
MORE_EVENTS = {
    "*",
    "message",
    "message.waiting",
    "state.change",
    "engine.event",
    "group.join",
    "group.leave",
    "poll.vote.failed",
    "chat.archive",
    "label.upsert",
    "label.deleted",
    "label.chat.added",
    "label.chat.deleted",
    "event.response",
    "event.response.failed",
}


@route("GET", "/ping")
async def ping(world: World, request: Request) -> Response:
    return Response.of({"message": "pong"})


@route("GET", "/health")
async def health(world: World, request: Request) -> Response:
    return Response.of({"status": "ok", "info": {}, "error": {}, "details": {}})


@route("GET", "/api/version")
@route("GET", "/api/server/version")
async def version(world: World, request: Request) -> Response:
    return Response.of(world.environment)


@route("GET", "/api/server/status")
async def server_status(world: World, request: Request) -> Response:
    started = int(world.started_at * 1000)
    body = {"startTimestamp": started, "uptime": int(time.time() * 1000) - started}
    return Response.of(body | {"worker": world.environment["worker"]})


@route("GET", "/api/sessions")
async def session_list(world: World, request: Request) -> Response:
    everyone = request.query.get("all") == "true"
    shown = [one for one in world.sessions.values() if everyone or one.status != "STOPPED"]
    return Response.of([_info(one) for one in shown])


@route("POST", "/api/sessions")
async def session_create(world: World, request: Request) -> Response:
    body = request.json()
    name = body.get("name") or f"session_{len(world.sessions) + 1}"
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise _invalid(["name must match /^[a-zA-Z0-9_-]*$/ regular expression"])
    if name in world.sessions:
        message = f"Session '{name}' already exists. Use PUT to update it."
        raise refuse(422, "Unprocessable Entity", message)
    session = Session(name=name, config=_config(body))
    world.sessions[name] = session
    if body.get("start"):
        pairing.start(world, session)
    return Response.of(_dto(session), 201)


@route("GET", "/api/sessions/{session}")
async def session_detail(world: World, request: Request) -> Response:
    session = session_named(world, request.params["session"])
    return Response.of(_info(session) | {"engine": {"engine": world.options.engine}})


@route("PUT", "/api/sessions/{session}")
async def session_update(world: World, request: Request) -> Response:
    session = session_named(world, request.params["session"])
    config = _config(request.json())
    ran = session.status != "STOPPED"
    if ran:
        pairing.stop(world, session)
    session.config = config
    if ran:
        pairing.start(world, session)
    return Response.of(_dto(session))


@route("DELETE", "/api/sessions/{session}")
async def session_delete(world: World, request: Request) -> Response:
    if session := world.sessions.get(request.params["session"]):
        pairing.stop(world, session)
        del world.sessions[session.name]
    return Response()


@route("POST", "/api/sessions/{session}/start")
async def session_start(world: World, request: Request) -> Response:
    session = session_named(world, request.params["session"])
    pairing.start(world, session)
    return Response.of(_dto(session), 201)


@route("POST", "/api/sessions/{session}/stop")
async def session_stop(world: World, request: Request) -> Response:
    session = session_named(world, request.params["session"])
    pairing.stop(world, session)
    return Response.of(_dto(session), 201)


@route("POST", "/api/sessions/{session}/restart")
async def session_restart(world: World, request: Request) -> Response:
    session = session_named(world, request.params["session"])
    pairing.restart(world, session)
    return Response.of(_dto(session), 201)


@route("POST", "/api/sessions/{session}/logout")
async def session_logout(world: World, request: Request) -> Response:
    session = session_named(world, request.params["session"])
    pairing.log_out(world, session)
    return Response.of(_dto(session), 201)


@route("GET", "/api/sessions/{session}/me")
async def session_me(world: World, request: Request) -> Response:
    me = session_named(world, request.params["session"]).me
    return Response.of(me) if me else Response()


@route("GET", "/api/{session}/auth/qr")
async def qr(world: World, request: Request) -> Response:
    session = in_state(session_named(world, request.params["session"]), "SCAN_QR_CODE")
    value = pairing.qr_value(session)
    if request.query.get("format") == "raw":
        return Response.of({"value": value})
    picture = media.qr_picture(value)
    if "application/json" in request.headers.get("accept", ""):
        encoded = base64.b64encode(picture).decode()
        return Response.of({"mimetype": "image/png", "data": encoded})
    return Response(200, picture, "image/png")


@route("POST", "/api/{session}/auth/request-code")
async def request_code(world: World, request: Request) -> Response:
    session = in_state(session_named(world, request.params["session"]), "SCAN_QR_CODE")
    letters = world.rng.choices("ABCDEFGHJKLMNPQRSTVWXYZ123456789", k=8)
    session.phone = str(request.json().get("phoneNumber") or session.phone).lstrip("+")
    return Response.of({"code": f"{''.join(letters[:4])}-{''.join(letters[4:])}"}, 201)


@route("GET", "/api/{session}/auth/passkey/confirmation")
async def passkey_code(world: World, request: Request) -> Response:
    session = session_named(world, request.params["session"])
    in_state(session, "PASSKEY_CONFIRMATION_REQUIRED")
    return Response.of({"code": pairing.PASSKEY_CODE})


@route("POST", "/api/{session}/auth/passkey/confirm")
async def passkey_confirm(world: World, request: Request) -> Response:
    session = session_named(world, request.params["session"])
    in_state(session, "PASSKEY_CONFIRMATION_REQUIRED")
    pairing.scan(world, session)
    return Response(201)


def _config(body: Json) -> Json:
    config = body.get("config")
    if config is None:
        return {}
    problems = [
        problem
        for webhook in config.get("webhooks") or []
        for problem in _webhook_problems(webhook)
    ]
    if problems:
        raise _invalid(problems)
    return dict(config)


def _webhook_problems(webhook: Any) -> list[str]:
    url = urlsplit(str(webhook.get("url", "")))
    problems = []
    if url.scheme not in {"http", "https"} or not url.hostname:
        problems.append("config.webhooks.0.url must be a URL address")
    if not set(webhook.get("events") or ()) <= MORE_EVENTS | set(EVENTS):
        problems.append("each value in config.webhooks.0.events must be one of the known events")
    return problems


def _invalid(problems: list[str]) -> Exception:
    answer = refuse(400, "Bad Request", "")
    answer.response = Response.of(
        {"message": problems, "error": "Bad Request", "statusCode": 400}, 400
    )
    return answer


def _dto(session: Session) -> Json:
    return {"name": session.name, "status": session.status, "config": session.config}


def _info(session: Session) -> Json:
    return _dto(session) | {"me": session.me, "presence": None, "timestamps": {}}
