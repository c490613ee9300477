"""Which handler answers which request, and the answers WAHA gives when it says no."""

import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from urllib.parse import unquote

from waha.gateway.simulator.server import Request, Response
from waha.gateway.simulator.state import Json, Session
from waha.gateway.simulator.world import World

Handler = Callable[[World, Request], Awaitable[Response]]
ROUTES: list[tuple[str, str, re.Pattern[str], Handler]] = []
NOT_READY = "Session status is not as expected. Try again later or restart the session"
NOT_BY_ENGINE = (
    "The method is not implemented by '{engine}' engine. "
    "Check the docs and try another engine: https://waha.devlike.pro/"
)


class Answer(Exception):
    """Ends a handler early with this response."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """Register a handler under a path as OpenAPI writes it."""
    pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))

    def register(handler: Handler) -> Handler:
        ROUTES.append((method, path, pattern, handler))
        # Fixed parts win over named ones, from the left.
        ROUTES.sort(key=lambda one: [part.startswith("{") for part in one[1].split("/")])
        return handler

    return register


def find(request: Request) -> Handler | None:
    """Return the handler of a request and fill in its path parameters."""
    for method, _, pattern, handler in ROUTES:
        if method == request.method and (match := pattern.fullmatch(request.raw_path)):
            request.params = {name: unquote(value) for name, value in match.groupdict().items()}
            return handler
    return None


def refuse(status: int, error: str, message: str) -> Answer:
    """Return one of WAHA's plain refusals."""
    return Answer(Response.of({"message": message, "error": error, "statusCode": status}, status))


def not_implemented(world: World) -> Answer:
    """Return WAHA's answer for what the engine lacks."""
    return refuse(501, "Not Implemented", NOT_BY_ENGINE.format(engine=world.options.engine))


def crashed(world: World, request: Request, message: str, name: str = "Error") -> Response:
    """Return WAHA's answer for a fault inside it, stack and all."""
    now = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds")
    stack = f"{name}: {message}\n    at simulated (/app/dist/core/simulated.js:1:1)"
    body: Json = {
        "statusCode": 500,
        "timestamp": now.replace("+00:00", "Z"),
        "exception": {"message": message, "name": name, "stack": stack},
        "request": {
            "path": request.path,
            "method": request.method,
            "body": request.json(),
            "query": request.query,
        },
        "version": world.environment,
    }
    return Response.of(body, 500)


def session_named(world: World, name: str) -> Session:
    """Return a session or answer 404."""
    if session := world.sessions.get(name):
        return session
    raise refuse(404, "Not Found", f"We didn't find a session with name '{name}'.")


def in_state(session: Session, *expected: str) -> Session:
    """Return the session if its state is one of these, else answer 422 as WAHA does."""
    if session.status in expected:
        return session
    body = {
        "error": NOT_READY,
        "session": session.name,
        "status": session.status,
        "expected": list(expected),
    }
    raise Answer(Response.of(body, 422))


def working(world: World, name: str) -> Session:
    """Return a session that is connected."""
    return in_state(session_named(world, name), "WORKING")
