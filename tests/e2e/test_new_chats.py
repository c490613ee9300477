"""Writing first: only to who is on WhatsApp."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.inbox import Inbox
from waha.gateway.simulator import Simulator
from waha.models import WahaSession

Enter = Callable[..., Inbox]


def test_new_chat_with_somebody_on_whatsapp(
    enter: Enter, waha: Simulator, number: WahaSession
) -> None:
    olga = enter("olga")

    olga.page.get_by_role("link", name="New chat").click()
    olga.page.get_by_label("Phone", exact=True).fill("07700 900188")
    olga.page.get_by_role("button", name="Open the chat").click()
    expect(olga.page.locator("#thread-title")).to_have_text("+44 7700 900188")
    olga.reply("Good morning")

    expect(olga.tick("Good morning", "read")).to_be_visible()
    expect(olga.rows()).to_have_text(["+44 7700 900188"])
    assert waha.accepted == [("447700900188@c.us", "Good morning")]


def test_new_chat_with_nobody_says_so(enter: Enter, waha: Simulator, number: WahaSession) -> None:
    olga = enter("olga", "/inbox/new/")
    phone = olga.page.get_by_label("Phone", exact=True)

    phone.fill("+44 7700 900000")
    olga.page.get_by_role("button", name="Open the chat").click()

    expect(olga.page.get_by_text("This number is not on WhatsApp.")).to_be_visible()
    expect(olga.page).to_have_url(re.compile("/inbox/new/"))
    expect(phone).to_have_value("+44 7700 900000")
    assert waha.accepted == []
