"""The main job: a customer writes, staff see it live and answer it."""

import re
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from tests.e2e.inbox import Inbox
from tests.factories import make_chat, make_message
from waha.gateway.simulator import Simulator
from waha.models import WahaChat, WahaSession

Enter = Callable[..., Inbox]


def test_read_reply_and_hear_the_answer(
    enter: Enter, waha: Simulator, number: WahaSession, chat: WahaChat
) -> None:
    make_message(chat, "Is there a seat left?")
    make_message(make_chat(session=number, name="Dora"), "Later, please")
    waha.options.acks = False
    olga, mia = enter("olga"), enter("mia")
    expect(olga.badge("Carla")).to_have_text("1")
    olga.expect_title(r"^\(2\) Inbox")

    # Opening clears the badge of who opened, and nobody else's.
    olga.open("Carla")
    expect(olga.page.locator("#unread-line")).to_have_text("1 unread message")
    expect(olga.badge("Carla")).to_have_count(0)
    olga.expect_title(r"^\(1\) Carla")
    expect(mia.badge("Carla")).to_have_text("1")

    # Her reply waits, goes out, arrives and is read, all before her eyes.
    waha.fault(path="*/sendText", delay_ms=1500)
    olga.reply("Two, and I kept one for you.")
    expect(olga.tick("Two, and", "waiting to be sent")).to_be_visible()
    expect(olga.tick("Two, and", "sent")).to_be_visible()
    assert waha.accepted == [(chat.chat_id, "Two, and I kept one for you.")]
    waha.read(chat.chat_id, session="support", ack=2)
    expect(olga.tick("Two, and", "delivered")).to_be_visible()
    waha.read(chat.chat_id, session="support")
    expect(olga.tick("Two, and", "read")).to_be_visible()
    expect(olga.bubble("Two, and")).to_have_count(1)

    # Her colleague sees it in the list, and under her name in the chat.
    expect(mia.row("Carla").locator(".row-text")).to_have_text("Two, and I kept one for you.")
    mia.open("Carla")
    expect(mia.bubble("Two, and").locator(".bubble-colleague")).to_have_text("Olga")

    # The customer's answer comes by itself into both.
    waha.say(chat.chat_id, "Perfect, thank you!", session="support", name="Carla")
    expect(olga.bubble("Perfect, thank you!")).to_be_visible()
    expect(mia.bubble("Perfect, thank you!")).to_be_visible()
    assert olga.page.evaluate("performance.getEntriesByType('navigation').length") == 1


def test_new_message_rises_in_other_browsers(
    enter: Enter, waha: Simulator, number: WahaSession, chat: WahaChat
) -> None:
    now = timezone.now()
    chat.last_message_at = None
    make_message(chat, "Old news", at=now - timedelta(minutes=2))
    dora = make_chat(session=number, name="Dora")
    make_message(dora, "Newer news", at=now - timedelta(minutes=1))
    before = int(now.timestamp()) - 20
    mia = enter("mia")
    expect(mia.rows()).to_have_text(["Dora", "Carla"])

    waha.say(chat.chat_id, "Anybody there?", session="support", timestamp=before, name="Carla")
    expect(mia.rows()).to_have_text(["Carla", "Dora"])
    expect(mia.badge("Carla")).to_have_text("2")
    expect(mia.row("Carla").locator(".row-text")).to_have_text("Anybody there?")
    waha.say("447700900177@c.us", "Hello from nowhere", session="support", name="Nadia")

    expect(mia.rows()).to_have_text(["Nadia", "Carla", "Dora"])
    mia.expect_title(r"^\(3\) Inbox")
    expect(mia.page.locator("#unread-count")).to_have_text("3")
    expect(mia.page.locator("#favicon")).to_have_attribute("href", re.compile("favicon-unread"))


def test_double_enter_sends_once(enter: Enter, waha: Simulator, chat: WahaChat) -> None:
    make_message(chat, "Hello?")
    olga = enter("olga", f"/inbox/{chat.pk}/")

    olga.composer.fill("Only once")
    olga.composer.press("Enter")
    olga.composer.press("Enter")

    expect(olga.tick("Only once", "read")).to_be_visible()
    assert [text for _chat, text in waha.accepted] == ["Only once"]
    expect(olga.bubble("Only once")).to_have_count(1)


def test_quote_reply_and_emoji(enter: Enter, waha: Simulator, chat: WahaChat) -> None:
    asked = waha.say(chat.chat_id, "Which day suits you?", session="support", name="Carla")
    olga = enter("olga", f"/inbox/{chat.pk}/")
    expect(olga.bubble("Which day")).to_be_visible()

    olga.bubble("Which day").hover()
    olga.bubble("Which day").get_by_role("button", name="Reply to this message").click()
    expect(olga.page.locator("#composer-quote")).to_contain_text("Which day suits you?")
    olga.composer.fill("Friday ")
    olga.page.get_by_role("button", name="Emoji").click()
    olga.page.get_by_role("searchbox", name="Search", exact=True).fill("thumbs up")
    olga.page.locator("[data-emoji='👍️'], [data-emoji='👍']").first.click()
    olga.page.keyboard.press("Escape")
    expect(olga.composer).to_be_focused()
    olga.composer.press("Enter")

    sent = olga.page.locator(".message.is-out")
    expect(sent.locator(".quote-text")).to_have_text("Which day suits you?")
    expect(sent.locator(".bubble-text")).to_contain_text(re.compile("Friday 👍"))
    expect(sent.get_by_role("img", name="read", exact=True)).to_be_visible()
    assert [send.reply_to for send in waha.sends] == [asked.rpartition("_")[2]]
    expect(olga.page.locator("#composer-quote")).to_be_hidden()
