"""Sends that fail or whose outcome nobody knows: said plainly, decided by a person."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.e2e.inbox import Inbox
from tests.factories import make_message
from waha.gateway.simulator import Simulator
from waha.models import WahaChat
from waha.outbound import unknown

Enter = Callable[..., Inbox]


def test_failed_send_says_why_and_goes_out_on_retry(
    enter: Enter, waha: Simulator, chat: WahaChat
) -> None:
    make_message(chat, "Hello?")
    waha.fault(path="*/sendText", status=422, times=None)
    olga = enter("olga", f"/inbox/{chat.pk}/")

    olga.reply("Good morning")
    expect(olga.tick("Good morning", "not sent")).to_be_visible()
    expect(olga.bubble("Good morning").locator(".problem")).to_contain_text(
        "WAHA cannot do this the way things are."
    )
    expect(olga.row("Carla").get_by_role("img", name="not sent")).to_be_visible()
    assert waha.accepted == []

    waha.clear_faults()
    olga.act("Good morning", "Retry")

    expect(olga.tick("Good morning", "read")).to_be_visible()
    expect(olga.bubble("Good morning").locator(".problem")).to_have_count(0)
    expect(olga.bubble("Good morning")).to_have_count(1)
    assert waha.accepted == [(chat.chat_id, "Good morning")]


def test_failed_send_is_discarded_everywhere(enter: Enter, waha: Simulator, chat: WahaChat) -> None:
    make_message(chat, "Hello?")
    waha.fault(path="*/sendText", status=403, times=None)
    olga = enter("olga", f"/inbox/{chat.pk}/")
    mia = enter("mia", f"/inbox/{chat.pk}/")

    olga.reply("Never mind")
    expect(mia.tick("Never mind", "not sent")).to_be_visible()
    olga.act("Never mind", "Discard")

    expect(olga.bubble("Never mind")).to_have_count(0)
    expect(mia.bubble("Never mind")).to_have_count(0)
    expect(mia.row("Carla").locator(".row-text")).to_have_text("Hello?")
    assert waha.accepted == []


@pytest.fixture
def shown_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute of looking for the message passes at once."""
    monkeypatch.setattr(unknown, "SHOWN_AFTER", timedelta(0))


def test_unknown_send_is_shown_so_and_settles(
    enter: Enter, waha: Simulator, chat: WahaChat, shown_at_once: None
) -> None:
    make_message(chat, "Hello?")
    # It went out, but no answer came, no webhook tells and WAHA cannot be asked.
    waha.webhook_faults(lose=1.0)
    waha.fault(path="*/sendText", after=True, drop=True)
    waha.fault(path="*/messages/*", status=500, times=None)
    olga = enter("olga", f"/inbox/{chat.pk}/")

    olga.reply("Did it go?")
    expect(olga.tick("Did it go?", "not confirmed")).to_be_visible()
    expect(olga.bubble("Did it go?").locator(".problem")).to_contain_text("Not confirmed")
    expect(olga.bubble("Did it go?").locator(".problem").get_by_role("button")).to_have_text(
        ["It was sent", "Send again", "Discard"]
    )

    waha.clear_faults()

    expect(olga.tick("Did it go?", "sent")).to_be_visible()
    expect(olga.bubble("Did it go?").locator(".problem")).to_have_count(0)
    assert waha.accepted == [(chat.chat_id, "Did it go?")]


def test_unknown_send_is_confirmed_by_a_person(
    enter: Enter, waha: Simulator, chat: WahaChat, shown_at_once: None
) -> None:
    make_message(chat, "Hello?")
    waha.webhook_faults(lose=1.0)
    waha.fault(path="*/sendText", after=True, drop=True)
    waha.fault(path="*/messages/*", status=500, times=None)
    olga = enter("olga", f"/inbox/{chat.pk}/")
    olga.reply("Seen on the phone")
    expect(olga.tick("Seen on the phone", "not confirmed")).to_be_visible()

    olga.act("Seen on the phone", "It was sent")

    expect(olga.tick("Seen on the phone", "sent")).to_be_visible()
    assert waha.accepted == [(chat.chat_id, "Seen on the phone")]
