"""Finding and reading chats: older messages, drafts, filters, unread marks, empty pages."""

import re
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from tests.e2e.inbox import Inbox
from tests.factories import Draft, make_chat, make_message, make_read, make_session, write_messages
from tests.fixtures.personas import share
from waha.models import Level, SessionStatus, WahaChat, WahaSession

Enter = Callable[..., Inbox]


def fill(chat: WahaChat, count: int) -> None:
    """That many messages, a minute apart, both ways."""
    begin = timezone.now() - timedelta(minutes=count + 10)
    write_messages(
        chat,
        [
            Draft(f"Message {n:03d}", from_me=n % 3 == 0, at=begin + timedelta(minutes=n))
            for n in range(count)
        ],
    )


def test_older_messages_come_on_scroll_and_keep_the_place(
    enter: Enter, chat: WahaChat, users: dict[str, object]
) -> None:
    fill(chat, 180)
    make_read(chat, users["olga"])  # type: ignore[arg-type]
    olga = enter("olga", f"/inbox/{chat.pk}/")
    messages, scroll = olga.page.locator(".message"), olga.page.locator("#thread-scroll")
    expect(messages).to_have_count(50)
    expect(olga.bubble("Message 179")).to_be_in_viewport()
    place = "document.getElementById('thread-scroll')"

    for shown in (100, 150, 180):
        first = messages.first.get_attribute("id")
        # Not to the very top: what comes must not be pushed in from there twice.
        scroll.evaluate("node => { node.scrollTop = 1; }")
        expect(messages).to_have_count(shown)
        top = olga.page.evaluate(
            f"document.getElementById('{first}').getBoundingClientRect().top"
            f" - {place}.getBoundingClientRect().top"
        )
        assert -60 <= top <= 160

    expect(olga.page.locator("#older")).to_have_count(0)
    expect(messages.first).to_contain_text("Message 000")
    assert olga.page.locator(".day-line").count() <= 2
    olga.page.get_by_role("button", name="To the newest message").click()
    expect(olga.bubble("Message 179")).to_be_in_viewport()


def test_few_messages_stand_above_the_composer(enter: Enter, chat: WahaChat) -> None:
    make_message(chat, "Hello?")

    olga = enter("olga", f"/inbox/{chat.pk}/")

    box = olga.bubble("Hello?").bounding_box()
    composer = olga.page.locator("#composer").bounding_box()
    assert box is not None
    assert composer is not None
    assert composer["y"] - (box["y"] + box["height"]) < 60


def test_draft_survives_other_chats_and_a_reload(
    enter: Enter, number: WahaSession, chat: WahaChat
) -> None:
    make_message(chat, "Hello?")
    make_message(make_chat(session=number, name="Dora"), "Later, please")
    olga = enter("olga", f"/inbox/{chat.pk}/")

    olga.composer.fill("Half a thou")
    olga.open("Dora")
    expect(olga.composer).to_have_value("")
    expect(olga.row("Carla").locator(".row-preview")).to_contain_text("Half a thou")
    expect(olga.row("Carla").locator(".row-draft")).to_have_text("Draft:")
    olga.page.reload()
    olga.open("Carla")

    expect(olga.composer).to_have_value("Half a thou")


def test_mark_unread_and_filters(enter: Enter, number: WahaSession, chat: WahaChat) -> None:
    make_message(chat, "Hello?")
    read = make_chat(session=number, name="Dora")
    make_message(read, "Thanks")
    make_message(
        make_chat(session=number, name="The crew", chat_id="120363000000000001@g.us"), "All here"
    )
    olga = enter("olga", f"/inbox/{read.pk}/")
    expect(olga.badge("Dora")).to_have_count(0)
    tabs = olga.page.get_by_role("navigation", name="Which chats")

    tabs.get_by_role("link", name="Groups").click()
    expect(olga.rows()).to_have_text(["The crew"])
    tabs.get_by_role("link", name="Unread").click()
    expect(olga.rows()).to_have_text(["The crew", "Carla"])
    tabs.get_by_role("link", name="All").click()
    expect(olga.rows()).to_have_text(["The crew", "Dora", "Carla"])
    olga.page.get_by_role("button", name="Mark unread").click()

    expect(olga.badge("Dora")).to_be_visible()
    expect(olga.page.locator("#thread")).to_have_count(0)
    olga.expect_title(r"^\(3\)")


def test_search_finds_by_name_and_phone(enter: Enter, number: WahaSession, chat: WahaChat) -> None:
    make_message(chat, "Hello?")
    make_message(make_chat(session=number, name="Dora"), "Later, please")
    olga = enter("olga")
    box = olga.page.get_by_role("searchbox", name="Find a chat by name or phone")

    box.fill("dor")
    expect(olga.rows()).to_have_text(["Dora"])
    box.fill("7700 900123")
    expect(olga.rows()).to_have_text(["Carla"])
    box.fill("nobody of that name")

    expect(olga.page.locator("#chat-none")).to_contain_text("Nothing found")
    expect(box).to_be_focused()


def test_chats_of_one_number(
    enter: Enter, number: WahaSession, chat: WahaChat, users: dict[str, object]
) -> None:
    make_message(chat, "Hello?")
    sales = make_session(
        owner=users["mia"],  # type: ignore[arg-type]
        server=number.server,
        title="Sales",
        status=SessionStatus.STOPPED,
    )
    share(sales, users["olga"], Level.REPLY)  # type: ignore[arg-type]
    make_message(make_chat(session=sales, name="Dora"), "An offer, please")
    olga = enter("olga")
    expect(olga.rows()).to_have_count(2)

    olga.page.locator("#numbers").get_by_role("link", name=re.compile("Sales")).click()
    expect(olga.rows()).to_have_text(["Dora"])
    olga.open("Dora")

    expect(olga.page.locator(".composer-closed")).to_contain_text("This number is switched off.")
