"""A share that is taken away ends open pages, by the stream and by polling, within 5 seconds."""

import asyncio
import time
from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.waha.inbox.conftest import add_chat
from tests.waha.inbox.test_stream import Browser, add, listen, place, token_of
from waha import sharing
from waha.inbox import relay
from waha.inbox.stream import Stream
from waha.models import Level, WahaSession

SECONDS = 5.0


@pytest.mark.django_db
@pytest.mark.core
def test_polling_page_hears_of_it_and_sees_nothing_more(
    number: WahaSession, users: dict[str, User], sign_in: Callable[[str], Client]
) -> None:
    chat, desk = add_chat(number, 1), sign_in("olga")
    before = desk.get(reverse("inbox:chat", args=[chat.pk])).status_code

    sharing.unshare(session=number, user=users["olga"], by=None)
    told = desk.get(reverse("events:poll"), {"after": place()}).json()["events"]
    after = desk.get(reverse("inbox:chat", args=[chat.pk])).status_code

    assert [event["kind"] for event in told] == ["access.changed"]
    assert (before, after) == (200, 404)


@pytest.mark.django_db(transaction=True)
@pytest.mark.redis
def test_open_stream_ends_and_says_so(
    number: WahaSession, users: dict[str, User], sign_in: Callable[[str], Client]
) -> None:
    desk = sign_in("olga")
    relay.relay_new()
    token = token_of(desk)
    took: list[float] = []

    def take_away() -> None:
        sharing.unshare(session=number, user=users["olga"], by=None)
        relay.relay_new()  # what the hint after the commit makes a worker do

    async def body(app: Stream) -> None:
        browser = Browser(app, token)
        await browser.until(lambda: ": ok" in browser.text)
        started = time.monotonic()
        await sync_to_async(take_away, thread_sensitive=False)()
        await browser.until(lambda: browser.ended, SECONDS)
        took.append(time.monotonic() - started)
        await asyncio.wait_for(browser.task, 1)
        assert [event["kind"] for event in browser.events()] == ["access.changed"]

    listen(body)

    assert took[0] < SECONDS
    assert desk.get(reverse("inbox:list"), {"number": number.pk}).context["numbers"] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.redis
def test_token_of_before_opens_no_stream_again(
    number: WahaSession, users: dict[str, User], sign_in: Callable[[str], Client]
) -> None:
    """Whoever kept the token of an open page reconnects with it: it is good for five minutes."""
    desk = sign_in("olga")
    relay.relay_new()
    token = token_of(desk)
    sharing.unshare(session=number, user=users["olga"], by=None)
    relay.relay_new()

    async def body(app: Stream) -> None:
        again = Browser(app, token)
        await asyncio.wait_for(again.task, 2)
        assert again.text.endswith("event: reset\ndata: {}\n\n")

    listen(body)


@pytest.mark.django_db(transaction=True)
@pytest.mark.redis
def test_token_of_after_opens_the_stream(
    number: WahaSession, users: dict[str, User], sign_in: Callable[[str], Client]
) -> None:
    sharing.share(session=number, user=users["olga"], level=Level.MANAGE, by=None)
    relay.relay_new()
    token = token_of(sign_in("olga"))

    async def body(app: Stream) -> None:
        browser = Browser(app, token)
        await browser.until(lambda: ": ok" in browser.text)
        await sync_to_async(add, thread_sensitive=False)(7, number.pk)
        await browser.until(lambda: browser.chats() == [7])
        await browser.leave()

    listen(body)
