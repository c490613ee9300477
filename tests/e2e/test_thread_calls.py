"""Calls in the thread: they come live, are seen to in place, and by plain forms too."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from tests.e2e.inbox import Inbox
from tests.factories import make_call, make_message
from waha.gateway.simulator import Simulator
from waha.models import CallType, UpdateKind, WahaCall, WahaChat
from waha.models.call import RINGS_FOR
from waha.updates import record

Enter = Callable[..., Inbox]


def calls(page: Page) -> list[str]:
    return page.locator("#messages .call-entry strong").all_inner_texts()


def test_a_call_comes_live_and_settles_where_it_stands(
    enter: Enter, waha: Simulator, chat: WahaChat
) -> None:
    make_message(chat, "Are you there?", at=timezone.now() - timedelta(minutes=5))
    olga = enter("olga", f"/inbox/{chat.pk}/")
    expect(olga.bubble("Are you there?")).to_be_visible()

    waha.call(chat.chat_id, session="support", outcome="missed")
    entry = olga.page.locator(".call-entry")
    expect(entry).to_contain_text("Ringing")
    assert olga.page.locator("#messages > [data-order]").last.get_attribute("data-call")
    call = WahaCall.objects.get()
    WahaCall.objects.filter(pk=call.pk).update(type=CallType.REJECTED)
    record(UpdateKind.CALL, call.session_id, chat.pk, call.pk)

    expect(entry).to_contain_text("Declined or hung up")
    expect(olga.page.locator(".call-entry")).to_have_count(1)


def test_a_call_that_nobody_takes_turns_into_a_missed_one(enter: Enter, chat: WahaChat) -> None:
    """By itself, a minute later: WhatsApp never tells of its end."""
    make_message(chat, "Hello?", at=timezone.now() - timedelta(minutes=5))
    olga = enter("olga", f"/inbox/{chat.pk}/")
    call = make_call(chat=chat, started_at=timezone.now())
    olga.page.clock.install()
    olga.page.reload()
    entry = olga.page.locator(".call-entry")
    expect(entry).to_contain_text("Ringing")
    expect(entry.get_by_role("button")).to_have_count(0)

    WahaCall.objects.filter(pk=call.pk).update(started_at=timezone.now() - 2 * RINGS_FOR)
    olga.page.clock.fast_forward(RINGS_FOR.total_seconds() * 1000 + 2000)

    expect(entry).to_contain_text("Missed voice call")
    expect(entry.get_by_role("button", name="Done")).to_be_visible()


def test_missed_calls_are_seen_to_in_the_thread(
    enter: Enter, chat: WahaChat, assert_accessible: Callable[..., None]
) -> None:
    now = timezone.now()
    make_message(chat, "Hello?", at=now - timedelta(minutes=30))
    older = make_call(chat=chat, started_at=now - timedelta(minutes=20))
    newer = make_call(chat=chat, started_at=now - timedelta(minutes=10), is_video=True)
    make_call(chat=chat, started_at=now - timedelta(minutes=5), type=CallType.ACCEPTED)
    olga = enter("olga", f"/inbox/{chat.pk}/")
    assert calls(olga.page) == ["Missed voice call", "Missed video call", "Voice call"]
    assert_accessible(olga.page, within=".thread-scroll")

    button = olga.page.locator(f"#call-{newer.pk}").get_by_role("button", name="Done")
    button.focus()
    button.press("Enter")

    expect(olga.page.locator(f"#call-{newer.pk}")).to_contain_text("Called back: Olga")
    expect(olga.page.locator(f"#call-{older.pk}")).to_contain_text("Called back: Olga")
    expect(olga.page.locator(f"#call-act-{newer.pk}")).to_be_focused()
    olga.page.locator(f"#call-{newer.pk}").get_by_role("button", name="Undo").click()
    expect(
        olga.page.locator(f"#call-{newer.pk}").get_by_role("button", name="Done")
    ).to_be_visible()
    expect(olga.page.locator(f"#call-{older.pk}")).to_contain_text("Called back: Olga")
    assert calls(olga.page) == ["Missed voice call", "Missed video call", "Voice call"]


def test_calls_are_seen_to_by_plain_forms(
    new_context: Callable[..., BrowserContext],
    sign_in: Callable[..., Page],
    chat: WahaChat,
    users: dict[str, User],
) -> None:
    call = make_call(chat=chat)
    page = sign_in(
        users["olga"], f"/inbox/{chat.pk}/", within=new_context(java_script_enabled=False)
    )
    entry = page.locator(f"#call-{call.pk}")

    entry.get_by_role("button", name="Done").click()
    expect(entry).to_contain_text("Called back: Olga")
    assert page.url.endswith(f"/inbox/{chat.pk}/#call-{call.pk}")
    entry.get_by_role("button", name="Undo").click()

    expect(entry.get_by_role("button", name="Done")).to_be_visible()
