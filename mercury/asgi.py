"""The ASGI application that uvicorn serves: the stream of updates, and Django for the rest."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mercury.settings")

pages = get_asgi_application()

# Only importable once Django has loaded the apps.
from django.conf import settings  # noqa: E402

from mercury.ops import start  # noqa: E402
from waha.inbox.redis_stream import connect_async  # noqa: E402
from waha.inbox.stream import Stream  # noqa: E402

start.refuse_unready()

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Any], Awaitable[None]]


stream = Stream(connect_async if settings.REDIS_URL else None)


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Send `/events/` to the stream, which never opens a database connection."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"] == "/events/":
        await stream(scope, receive, send)
    else:
        await pages(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    """Answer the server's start and stop; at the stop every stream ends."""
    while True:
        event = await receive()
        if event["type"] == "lifespan.shutdown":
            await stream.close()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return
