"""The inbox on a phone, by keyboard, in the dark, right to left, and under axe."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.e2e.inbox import Inbox
from tests.factories import make_chat, make_message
from waha.models import MessageStatus, WahaChat, WahaSession

Enter = Callable[..., Inbox]
PHONE = pytest.mark.browser_context_args(
    viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
)
HOSTILE = (
    "<script>window.hurt = 1</script>",
    '<img src=x onerror="window.hurt = 1">',
    '"><svg onload=window.hurt=1>',
    "javascript:window.hurt=1",
    "{{ 7 * 7 }} ${window.hurt = 1}",
    "[x](javascript:window.hurt=1) https://example.com/?q=\"onmouseover='window.hurt=1'",
)


def overflows(page: Page) -> bool:
    """True when the page scrolls sideways."""
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )


@PHONE
def test_phone_goes_from_list_to_thread_and_back(enter: Enter, chat: WahaChat) -> None:
    make_message(chat, "Is there a seat left? " * 8)
    olga = enter("olga")
    expect(olga.page.locator("#thread-pane")).to_be_hidden()
    assert not overflows(olga.page)

    olga.row("Carla").locator(".chat-link").tap()
    expect(olga.page.locator("#thread-title")).to_be_visible()
    expect(olga.page.locator("#chat-pane")).to_be_hidden()
    expect(olga.page.get_by_role("button", name="Send", exact=True)).to_be_in_viewport()
    assert not overflows(olga.page)
    olga.page.get_by_role("link", name="Back to the chats").tap()
    expect(olga.row("Carla")).to_be_visible()
    expect(olga.page.locator("#thread-pane")).to_be_hidden()
    olga.page.go_back()

    expect(olga.page.locator("#thread-title")).to_be_visible()


def test_keyboard_walks_the_chats(enter: Enter, number: WahaSession, chat: WahaChat) -> None:
    make_message(chat, "Hello?")
    make_message(make_chat(session=number, name="Dora"), "Later, please")
    olga = enter("olga")
    title = olga.page.locator("#thread-title")

    olga.page.keyboard.press("Alt+KeyK")
    expect(title).to_have_text("Dora")
    expect(olga.composer).to_be_focused()
    olga.page.keyboard.press("Alt+KeyK")
    expect(title).to_have_text("Carla")
    olga.page.keyboard.press("Alt+KeyJ")
    expect(title).to_have_text("Dora")
    olga.page.keyboard.press("Escape")
    expect(title).to_have_count(0)
    expect(olga.row("Dora").locator(".chat-link")).to_be_focused()
    olga.page.keyboard.press("?")
    expect(olga.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    olga.page.keyboard.press("Escape")
    expect(olga.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
    olga.page.keyboard.press("/")

    expect(olga.page.locator("#chat-q")).to_be_focused()


def test_theme_is_remembered(enter: Enter, chat: WahaChat) -> None:
    make_message(chat, "Hello?")
    olga = enter("olga", color_scheme="light")
    html = olga.page.locator("html")
    expect(html).to_have_attribute("data-bs-theme", "light")

    olga.page.get_by_role("button", name="Switch between light and dark").click()
    expect(html).to_have_attribute("data-bs-theme", "dark")
    olga.page.reload()

    expect(html).to_have_attribute("data-bs-theme", "dark")


def test_arabic_reads_from_the_right(enter: Enter, chat: WahaChat, users: dict[str, User]) -> None:
    users["olga"].locale = "ar"
    users["olga"].save()
    make_message(chat, "مرحباً، هل ما زالت هناك أماكن؟")
    make_message(chat, "Yes, two.", from_me=True)

    olga = enter("olga", f"/inbox/{chat.pk}/")

    expect(olga.page.locator("html")).to_have_attribute("dir", "rtl")
    lefts = olga.page.evaluate(
        "['.numbers-pane', '#chat-pane', '#thread'].map("
        "(one) => document.querySelector(one).getBoundingClientRect().left)"
    )
    assert lefts == sorted(lefts, reverse=True)
    boxes = [
        olga.page.locator(f".message.{side} .bubble").bounding_box() for side in ("is-in", "is-out")
    ]
    incoming, outgoing = (box or {"x": 0.0} for box in boxes)
    assert incoming["x"] > outgoing["x"]
    assert not overflows(olga.page)
    expect(olga.page.locator("#composer-text")).to_have_css("direction", "rtl")


@pytest.mark.parametrize("way", ["page", "live"])
def test_hostile_words_do_nothing(
    enter: Enter, waha: Any, number: WahaSession, chat: WahaChat, way: str
) -> None:
    if way == "page":
        for text in HOSTILE:
            make_message(chat, text)
    chat.name = HOSTILE[1]
    chat.save()
    make_message(make_chat(session=number, name=HOSTILE[0]), HOSTILE[2])
    olga = enter("olga", f"/inbox/{chat.pk}/")
    if way == "live":
        for text in HOSTILE:
            waha.say(chat.chat_id, text, session="support", name=HOSTILE[1])

    texts = olga.page.locator("#messages .bubble-text")
    expect(texts).to_have_count(len(HOSTILE))
    for index, text in enumerate(HOSTILE):
        expect(texts.nth(index)).to_contain_text(text)
    expect(olga.page.locator("#thread-title")).to_have_text(HOSTILE[1])
    assert olga.page.evaluate("window.hurt") is None
    assert olga.page.locator("a[href^='javascript' i]").count() == 0


@pytest.mark.parametrize(
    "scheme", ["light", "dark", pytest.param("light", marks=PHONE, id="phone")]
)
def test_inbox_is_accessible(
    enter: Enter,
    number: WahaSession,
    chat: WahaChat,
    assert_accessible: Callable[..., None],
    scheme: str,
) -> None:
    first = make_message(chat, "Is there a *seat* left? https://example.com")
    make_message(chat, "Two", from_me=True, reply_to=first.message_id, status=MessageStatus.READ)
    make_message(chat, "Lost", from_me=True, status=MessageStatus.FAILED, error="No.")
    make_message(chat, "Gone?", from_me=True, status=MessageStatus.UNKNOWN)
    group = make_chat(session=number, name="The crew", chat_id="120363000000000001@g.us")
    make_message(group, "All here", sender_id="447700900124@c.us", sender_name="Tom")
    olga = enter("olga", color_scheme=scheme)

    assert_accessible(olga.page)
    for path in (f"/inbox/{chat.pk}/", f"/inbox/{group.pk}/", "/inbox/new/"):
        olga.page.goto(path)
        expect(olga.page).to_have_url(re.compile(path))
        assert_accessible(olga.page)
