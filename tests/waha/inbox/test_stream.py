"""The stream of updates: raw ASGI over a real Redis."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.waha.inbox.conftest import add_chat
from waha import updates
from waha.inbox import redis_stream, relay, stream, tokens
from waha.inbox.cursors import LiveCursor
from waha.inbox.stream import Stream
from waha.models import UpdateKind, WahaChat, WahaSession

pytestmark = [pytest.mark.django_db, pytest.mark.redis]

Body = Callable[["Browser"], Awaitable[None]]


class Browser:
    """Speaks ASGI to the stream as a server does for a browser."""

    def __init__(self, app: Stream, token: str, after: str = "", last_event_id: str = "") -> None:
        headers = [(b"last-event-id", last_event_id.encode())] if last_event_id else []
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/events/",
            "query_string": f"token={token}&after={after}".encode(),
            "headers": headers,
        }
        self.status = 0
        self.text = ""
        self.ended = False
        self._gone = asyncio.Event()
        self._news = asyncio.Event()
        self.task = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.text += message.get("body", b"").decode()
            self.ended = not message.get("more_body", False)
        self._news.set()

    async def until(self, done: Callable[[], bool], seconds: float = 3) -> None:
        """Wait for what `done` looks for, or fail with what came instead."""
        deadline = time.monotonic() + seconds
        while not done():
            self._news.clear()
            left = deadline - time.monotonic()
            try:
                await asyncio.wait_for(self._news.wait(), max(left, 0.01))
            except TimeoutError:
                raise AssertionError(f"status {self.status}, got {self.text!r}") from None

    async def leave(self) -> None:
        self._gone.set()
        await asyncio.wait_for(self.task, 2)

    def events(self) -> list[dict[str, Any]]:
        blocks = self.text.split("\n\n")
        return [
            json.loads(block.split("data: ", 1)[1]) for block in blocks if "event: update" in block
        ]

    def chats(self) -> list[int]:
        return [event["chat"] for event in self.events()]

    def last_id(self) -> str:
        return self.text.rsplit("id: ", 1)[1].split("\n", 1)[0]


def listen(body: Callable[[Stream], Awaitable[None]]) -> None:
    """Run `body` with a stream of its own in a loop of its own."""

    async def run() -> None:
        app = Stream(redis_stream.connect_async)
        try:
            await body(app)
        finally:
            await app.close()

    asyncio.run(run())


def token_of(client: Client) -> str:
    return str(client.get(reverse("events:token")).json()["token"])


def place(update_id: int = 0) -> str:
    return str(LiveCursor.now(update_id))


def add(chat_id: int, session: int, kind: str = UpdateKind.CHAT, user: int | None = None) -> str:
    """Put an entry into the stream as the relay does; returns its id."""
    event = {"id": "1", "kind": "chat.changed", "session": session, "chat": chat_id}
    fields = redis_stream.fields(kind=kind, session=session, user=user, low=7, event=event)
    with redis_stream.connected() as server:
        return str(server.xadd(redis_stream.STREAM, fields))


def relay_since_long_ago() -> None:
    """A relay that did not just begin: a page newer than its beginning need not read again."""
    with redis_stream.connected() as server:
        server.xadd(redis_stream.STREAM, {"kind": redis_stream.START}, id="1000-0")
        server.set(relay.LOW, 0)


async def add_soon(*args: Any, **kwargs: Any) -> str:
    return await asyncio.to_thread(add, *args, **kwargs)


def test_token_names_the_stream(desk: Client, chat: WahaChat) -> None:
    answer = desk.get(reverse("events:token")).json()

    assert (answer["url"], answer["expires_in"]) == ("/events/", 300)
    assert tokens.read(answer["token"]) is not None


def test_updates_reach_the_browser_through_relay_and_stream(
    desk: Client, number: WahaSession
) -> None:
    """The whole road, with the cursor the page was given."""
    chat = add_chat(number, 1)
    relay_since_long_ago()
    page = desk.get(reverse("inbox:list"))
    token = token_of(desk)
    updates.record(UpdateKind.MESSAGE, number.pk, chat.pk, 2**60, incoming=True)
    relay.relay_new()

    async def body(app: Stream) -> None:
        browser = Browser(app, token, after=page.context["live_cursor"])
        await browser.until(lambda: bool(browser.events()))
        event = browser.events()[0]
        assert browser.text.startswith(": ok\n\nretry: 3000\n\n")
        assert (event["kind"], event["message"], event["in"]) == ("message.new", str(2**60), True)
        await browser.leave()

    listen(body)


def test_stream_tells_only_what_the_user_may_see(
    desk: Client, users: dict[str, User], number: WahaSession, other_number: WahaSession
) -> None:
    token = token_of(desk)

    async def body(app: Stream) -> None:
        browser = Browser(app, token, after=place())
        await browser.until(lambda: "retry" in browser.text)
        await add_soon(1, other_number.pk)
        await add_soon(2, number.pk, UpdateKind.READ, users["mia"].pk)
        await add_soon(3, number.pk, UpdateKind.READ, users["olga"].pk)
        await add_soon(4, number.pk)
        await browser.until(lambda: 4 in browser.chats())
        assert browser.chats() == [3, 4]
        await browser.leave()

    listen(body)


def test_stream_goes_on_where_the_browser_stopped(desk: Client, number: WahaSession) -> None:
    token = token_of(desk)

    async def body(app: Stream) -> None:
        first = Browser(app, token, after=place())
        await first.until(lambda: "retry" in first.text)
        await add_soon(1, number.pk)
        await first.until(lambda: first.chats() == [1])
        await first.leave()
        await add_soon(2, number.pk)
        await add_soon(3, number.pk)

        again = Browser(app, token, last_event_id=first.last_id())
        await again.until(lambda: len(again.chats()) == 2)
        await add_soon(4, number.pk)
        await again.until(lambda: 4 in again.chats())

        assert again.chats() == [2, 3, 4]
        assert LiveCursor.parse(first.last_id()).update_id == 7  # type: ignore[union-attr]
        await again.leave()

    listen(body)


def test_stream_says_reset_when_it_cannot_tell_all_that_was_missed(
    desk: Client, number: WahaSession
) -> None:
    token = token_of(desk)
    newest = add(1, number.pk)

    async def body(app: Stream) -> None:
        browser = Browser(app, token, after="1-0_1")
        await browser.until(lambda: f"id: {newest}_7\nevent: reset" in browser.text)
        await add_soon(2, number.pk)
        await browser.until(lambda: browser.chats() == [2])
        await browser.leave()

    listen(body)


def connections() -> int:
    with redis_stream.connected() as server:
        ours = str(server.connection_pool.connection_kwargs["db"])
        return sum(each["db"] == ours for each in server.client_list())


def test_many_browsers_share_one_reader(desk: Client, number: WahaSession) -> None:
    token = token_of(desk)

    async def body(app: Stream) -> None:
        idle = connections()
        browsers = [Browser(app, token, after=place()) for _ in range(50)]
        for browser in browsers:
            await browser.until(lambda: "retry" in browser.text)  # noqa: B023  # awaited here
        busy = connections()
        await add_soon(1, number.pk)
        for browser in browsers:
            await browser.until(lambda: browser.chats() == [1])  # noqa: B023  # awaited here
            await browser.leave()
        assert busy - idle <= 22

    listen(body)


def test_access_change_tells_the_user_and_ends_the_stream(
    desk: Client, sign_in: Callable[[str], Client], users: dict[str, User], number: WahaSession
) -> None:
    olgas, mias = token_of(desk), token_of(sign_in("mia"))

    async def body(app: Stream) -> None:
        olga, mia = Browser(app, olgas, after=place()), Browser(app, mias, after=place())
        for browser in (olga, mia):
            await browser.until(lambda: "retry" in browser.text)  # noqa: B023  # awaited here
        await add_soon(0, 0, UpdateKind.ACCESS, users["olga"].pk)
        await add_soon(5, number.pk)
        await olga.until(lambda: olga.ended)
        await mia.until(lambda: mia.chats() == [5])
        assert (olga.chats(), mia.ended) == ([0], False)
        await mia.leave()

    listen(body)


def test_stream_under_an_access_that_is_gone_says_reset_and_ends(
    desk: Client, olga: User, chat: WahaChat
) -> None:
    token = token_of(desk)
    with redis_stream.connected() as server:
        server.delete(tokens.allowed_key(olga.pk, olga.access_version))

    async def body(app: Stream) -> None:
        browser = Browser(app, token)
        await browser.until(lambda: browser.ended)
        assert browser.text == ": ok\n\nretry: 3000\n\nevent: reset\ndata: {}\n\n"

    listen(body)


def test_stream_ends_with_its_token(
    desk: Client, chat: WahaChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of(desk)
    monkeypatch.setattr(tokens, "LIFETIME", 1)

    async def body(app: Stream) -> None:
        browser = Browser(app, token, after=place())
        await browser.until(lambda: browser.ended)
        assert browser.status == 200

    listen(body)


def test_quiet_stream_is_kept_open_by_comments(
    desk: Client, chat: WahaChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of(desk)
    monkeypatch.setattr(stream, "PING_SECONDS", 0.05)

    async def body(app: Stream) -> None:
        browser = Browser(app, token)
        await browser.until(lambda: browser.text.count(": ping\n\n") >= 2)
        await browser.leave()

    listen(body)


@pytest.mark.parametrize(
    "token",
    ["", "nonsense", signing.dumps([1, 1, 0], salt="else")],
    ids=["empty", "nonsense", "of another purpose"],
)
def test_stream_refuses_tokens_that_are_not_ours(token: str) -> None:
    async def body(app: Stream) -> None:
        browser = Browser(app, token)
        await browser.until(lambda: browser.status == 401)

    listen(body)


def test_stream_opens_no_database_connection(
    desk: Client, number: WahaSession, django_assert_num_queries: Any
) -> None:
    token = token_of(desk)

    async def body(app: Stream) -> None:
        browser = Browser(app, token, after=place())
        await browser.until(lambda: "retry" in browser.text)
        await add_soon(1, number.pk)
        await browser.until(lambda: browser.chats() == [1])
        await browser.leave()

    with django_assert_num_queries(0):
        listen(body)
