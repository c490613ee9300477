"""From a request to an answer: faults, the key, then the handler."""

import asyncio
import hmac
import logging
from contextlib import suppress

from waha.gateway.simulator import (
    admin,
    rest_chats,
    rest_marks,
    rest_people,
    rest_sends,
    rest_sessions,
)
from waha.gateway.simulator.faults import RestFault
from waha.gateway.simulator.router import Answer, crashed, find
from waha.gateway.simulator.server import Request, Response
from waha.gateway.simulator.world import World

logger = logging.getLogger(__name__)
# Modules whose import registers their routes.
ROUTE_MODULES = (admin, rest_chats, rest_marks, rest_people, rest_sends, rest_sessions)
HANG_SECONDS = 120.0


async def respond(world: World, request: Request) -> Response:
    """Answer a request the way this WAHA does, faults included."""
    fault = None
    if not request.raw_path.startswith(admin.PREFIX):
        fault = world.faults.draw(request.method, request.path)
    if fault is None:
        return await _handle(world, request)
    world.truth.faults_injected += 1
    await asyncio.sleep(fault.delay_ms / 1000)
    if fault.after:
        response = await _handle(world, request)
        return response if response.status >= 400 else await _spoil(world, request, fault, response)
    return await _spoil(world, request, fault, None)


async def _spoil(
    world: World, request: Request, fault: RestFault, response: Response | None
) -> Response:
    if fault.hang:
        await asyncio.sleep(HANG_SECONDS)
    if fault.drop or fault.hang:
        return Response(drop=True)
    if fault.status is None:
        return response or await _handle(world, request)
    answer = crashed(world, request, fault.message)
    answer.status = fault.status
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


async def _handle(world: World, request: Request) -> Response:
    if not _is_open(request) and not _has_key(world, request):
        return Response.of({"message": "Unauthorized", "statusCode": 401}, 401)
    handler = find(request)
    if handler is None:
        message = f"Cannot {request.method} {request.path}"
        body = {"message": message, "error": "Not Found", "statusCode": 404}
        return Response.of(body, 404)
    try:
        return await handler(world, request)
    except Answer as answer:
        return answer.response
    except Exception as error:
        logger.exception("%s failed.", request.method)
        return crashed(world, request, str(error), type(error).__name__)


def _is_open(request: Request) -> bool:
    return request.raw_path == "/ping"


def _has_key(world: World, request: Request) -> bool:
    given = request.headers.get("x-api-key") or request.query.get("x-api-key") or ""
    with suppress(TypeError):  # a key beyond ASCII is no key
        return hmac.compare_digest(given, world.options.api_key)
    return False
