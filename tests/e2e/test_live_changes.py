"""What changes after it was written comes into the open page: edits, revokes, reactions, states."""

import time
from collections.abc import Callable

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.e2e.inbox import Inbox
from tests.factories import make_message
from waha import sharing
from waha.gateway.simulator import Simulator
from waha.models import Level, WahaChat, WahaSession

Enter = Callable[..., Inbox]
GROUP = "120363025555555555@g.us"


def test_edit_revoke_and_reaction_come_live(enter: Enter, waha: Simulator, chat: WahaChat) -> None:
    first = waha.say(chat.chat_id, "See you at nime", session="support", name="Carla")
    second = waha.say(chat.chat_id, "Wrong window, sorry", session="support", name="Carla")
    olga = enter("olga", f"/inbox/{chat.pk}/")
    expect(olga.bubble("Wrong window")).to_be_visible()

    waha.react(first, "👍", session="support")
    expect(olga.bubble("at nime").locator(".reactions")).to_contain_text("👍")
    waha.edit(first, "See you at nine", session="support")
    edited = olga.bubble("See you at nine")
    expect(edited).to_contain_text("edited")
    expect(edited.locator(".reactions")).to_contain_text("👍")
    waha.react(first, "", session="support")
    expect(edited.locator(".reactions")).to_have_count(0)
    waha.revoke(second, session="support")

    expect(olga.bubble("This message was deleted.")).to_be_visible()
    expect(olga.page.locator("#messages .message")).to_have_count(2)


def test_message_dated_before_the_newest_comes_too(
    enter: Enter, waha: Simulator, chat: WahaChat
) -> None:
    olga = enter("olga", f"/inbox/{chat.pk}/")
    olga.reply("Anything else?")
    expect(olga.tick("Anything else?", "read")).to_be_visible()
    late = int(time.time()) - 40

    waha.say(chat.chat_id, "Sent in a tunnel", session="support", timestamp=late, name="Carla")

    expect(olga.bubble("Sent in a tunnel")).to_be_visible()
    texts = olga.page.locator("#messages .bubble-text")
    expect(texts.first).to_contain_text("Sent in a tunnel")


def test_group_shows_who_says_what(enter: Enter, waha: Simulator, users: object) -> None:
    for sender, text in (
        ("447700900124@c.us", "I bring the cones"),
        ("447700900124@c.us", "And the vests"),
        ("447700900132@c.us", "I bring coffee"),
    ):
        waha.say(GROUP, text, session="support", sender=sender)
    olga = enter("olga", "/inbox/?tab=groups")
    row = olga.page.locator("#chat-list .chat-row")
    expect(row.locator(".row-preview")).to_contain_text("I bring coffee")

    row.locator(".chat-link").click()

    senders = olga.page.locator("#messages .bubble-sender")
    expect(olga.page.locator("#messages .message")).to_have_count(3)
    expect(senders).to_have_text(["Tom Harris", "Marcus Webb"])
    waha.say(GROUP, "Black for me", session="support", sender="447700900124@c.us")
    expect(olga.bubble("Black for me")).to_be_visible()
    expect(senders).to_have_text(["Tom Harris", "Marcus Webb", "Tom Harris"])


def test_number_that_fails_closes_the_composer(
    enter: Enter, waha: Simulator, chat: WahaChat
) -> None:
    make_message(chat, "Hello?")
    olga = enter("olga", f"/inbox/{chat.pk}/")
    expect(olga.composer).to_be_enabled()

    waha.set_session("support", status="FAILED")
    closed = olga.page.locator(".composer-closed")
    expect(closed).to_contain_text("lost its connection")
    expect(olga.page.locator("#thread-banner")).to_contain_text("is not connected")
    waha.set_session("support", status="WORKING")

    expect(olga.composer).to_be_enabled()
    expect(olga.page.locator("#thread-banner .banner")).to_have_count(0)


def test_who_only_looks_cannot_write(enter: Enter, waha: Simulator, chat: WahaChat) -> None:
    make_message(chat, "Hello?")

    vera = enter("vera", f"/inbox/{chat.pk}/")

    expect(vera.bubble("Hello?")).to_be_visible()
    expect(vera.page.locator(".composer-closed")).to_contain_text("not answer on it")


def test_number_shared_now_appears_now(
    enter: Enter, waha: Simulator, number: WahaSession, chat: WahaChat, users: dict[str, object]
) -> None:
    make_message(chat, "Hello?")
    sam = enter("sam")
    expect(sam.page.locator("#chat-none")).to_contain_text("Ask the person who manages")
    expect(sam.page.get_by_role("link", name="New chat")).to_have_count(0)

    sharing.share(session=number, user=users["sam"], level=Level.VIEW, by=None)  # type: ignore[arg-type]
    expect(sam.rows()).to_have_text(["Carla"])
    sharing.unshare(session=number, user=users["sam"], by=None)  # type: ignore[arg-type]

    expect(sam.page.locator("#chat-none")).to_contain_text("No number is shared with you")


@pytest.mark.parametrize("way", ["stream", "polling"])
def test_updates_come_by_stream_and_by_polling(
    enter: Enter, waha: Simulator, chat: WahaChat, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "stream" and not settings.REDIS_URL:
        pytest.skip("REDIS_URL is not set")
    if way == "polling":
        monkeypatch.setattr(settings, "REDIS_URL", "")
    make_message(chat, "Hello?")
    olga = enter("olga", path="/accounts/login/")
    asked: list[str] = []
    olga.page.on("request", lambda request: asked.append(request.url.split("?")[0][-12:]))
    olga.page.goto("/inbox/")

    waha.say(chat.chat_id, "By this way", session="support", name="Carla")
    expect(olga.row("Carla").locator(".row-text")).to_have_text("By this way")

    streamed = any(url.endswith("/events/") for url in asked)
    assert streamed == (way == "stream")


def test_cut_network_is_said_and_caught_up(
    enter: Enter,
    waha: Simulator,
    chat: WahaChat,
    troubles: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Chromium's offline switch spares a stream that is open: this cuts the polling.
    monkeypatch.setattr(settings, "REDIS_URL", "")
    make_message(chat, "Hello?")
    olga = enter("olga", f"/inbox/{chat.pk}/")
    bar = olga.page.locator("#live-bar")
    waha.say(chat.chat_id, "Before the cut", session="support", name="Carla")
    expect(olga.bubble("Before the cut")).to_be_visible()
    expect(bar).to_be_hidden()

    olga.page.context.set_offline(True)
    expect(bar).to_be_visible(timeout=30_000)
    waha.say(chat.chat_id, "During the cut", session="support", name="Carla")
    assert waha.settle()
    olga.page.context.set_offline(False)

    expect(olga.bubble("During the cut")).to_be_visible()
    expect(olga.bubble("During the cut")).to_have_count(1)
    expect(bar).to_be_hidden()
    troubles.clear()  # the requests that found no network
