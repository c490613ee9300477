"""Searching as a person does: the box on any page, the page, and the way to the message."""

import re
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from tests.e2e import accessibility
from tests.e2e.inbox import Inbox
from tests.factories import Draft, write_messages
from waha.models import WahaChat

Enter = Callable[..., Inbox]


def test_the_box_finds_a_message_and_leads_to_it(enter: Enter, chat: WahaChat) -> None:
    begin = timezone.now() - timedelta(days=2)
    drafts = [Draft(f"Line {n}", at=begin + timedelta(minutes=n)) for n in range(160)]
    drafts[40].content = "The needle is here, أين الفاتورة؟ 发票"
    write_messages(chat, drafts)
    page = enter("olga", "/inbox/").page

    page.keyboard.press("Control+k")
    box = page.locator("#search-box")
    expect(box).to_be_visible()
    page.keyboard.type("needl")
    expect(box.locator("mark")).to_have_text("needl")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(rf"/inbox/{chat.pk}/\?message=\d+#message-\d+$"))
    expect(page.locator(".message:target")).to_be_in_viewport()
    expect(page.locator(".message:target")).to_contain_text("The needle")
    expect(page.locator("#older")).to_have_count(1)


def test_the_page_finds_as_one_types_in_any_script(enter: Enter, chat: WahaChat) -> None:
    write_messages(chat, [Draft("أين الفاتورة؟"), Draft("请把发票发给我"), Draft("The invoice")])
    page = enter("olga", "/search/").page

    for typed, marked in (("invo", "invo"), ("发票", "发票"), ("الفاتوره", "الفاتورة")):
        page.locator("#search-q").fill(typed)
        expect(page.locator("#search-results .hit mark")).to_have_text(marked)

    accessibility.assert_accessible(page)
