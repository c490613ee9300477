"""Going to a day of a conversation that was two chats: one by phone, one by a private id."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone
from playwright.sync_api import expect

from tests.e2e.inbox import Inbox
from tests.factories import Draft, make_chat, write_messages
from waha.inbound.apply import merge
from waha.models import WahaChat

Enter = Callable[..., Inbox]

DAYS, A_DAY = 14, 12


def noon(day: int) -> datetime:
    today = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    return today - timedelta(days=DAYS - day)


def said(day: int, kind: str) -> list[Draft]:
    """A dozen messages on that day, some of them long enough to scroll."""
    return [
        Draft(f"{kind} {day}.{n} " + "and so on " * (n % 5), at=noon(day) + timedelta(minutes=n))
        for n in range(A_DAY)
    ]


def test_a_day_opens_where_both_halves_of_a_joined_chat_meet(enter: Enter, chat: WahaChat) -> None:
    private = make_chat(session=chat.session, chat_id="99887766554433@lid", name=chat.name)
    for day in range(DAYS):
        write_messages(
            *((chat, said(day, "Phone")) if day % 2 else (private, said(day, "Private")))
        )
    chat.refresh_from_db()
    private.refresh_from_db()
    merge.join(chat, private)
    page = enter("olga", f"/inbox/{chat.pk}/").page

    for day, kind in ((5, "Phone"), (6, "Private"), (0, "Private")):
        page.locator(".date-menu summary").click()
        page.get_by_label("Messages from").fill(f"{noon(day):%Y-%m-%d}")
        page.get_by_role("button", name="Show").click()
        expect(page).to_have_url(re.compile(f"date={noon(day):%Y-%m-%d}"))
        first = page.locator("#messages .message").filter(has_text=f"{kind} {day}.0 ")
        expect(first).to_be_in_viewport()

        other = ("Private", "Phone")[kind == "Private"]
        following = page.locator("#messages .message").filter(has_text=f"{other} {day + 1}.0 ")
        expect(following).to_have_count(1)

    expect(page.locator("#older")).to_have_count(0)
