"""Files that did not come, cannot be played, or go on to a chat: what the browser shows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from playwright.sync_api import expect

from attachments import services
from crm.models import Contact
from tests.e2e.inbox import Inbox
from tests.factories import make_message
from waha.gateway.simulator import Simulator
from waha.models import MediaState, MessageType, WahaChat, WahaMedia, WahaMessage

Enter = Callable[..., Inbox]
NO_FILM = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 4000
"""Begins as an MP4 does and holds no picture."""


def test_a_missing_file_is_asked_for_again_in_its_place(
    enter: Enter, waha: Simulator, chat: WahaChat, var_dir: Any
) -> None:
    noon = timezone.now().replace(hour=12) - timedelta(days=2)
    make_message(chat, "First", at=noon)
    make_message(
        chat, "The photo", type=MessageType.IMAGE, media_state=MediaState.MISSING,
        at=noon + timedelta(minutes=1),
    )  # fmt: skip
    make_message(chat, "Last", at=noon + timedelta(minutes=2))
    olga = enter("olga", f"/inbox/{chat.pk}/")
    photo = olga.bubble("The photo")
    expect(photo).to_contain_text("Could not be fetched")
    order = [node.get_attribute("id") for node in olga.page.locator("#messages .message").all()]

    photo.get_by_role("button", name="Try again").click()

    # The worker asks WAHA, which has never heard of it: it ends where it began.
    given_up = WahaMedia.objects.filter(state=MediaState.MISSING)
    for _tenth in range(150):
        if given_up.exists():
            break
        olga.page.wait_for_timeout(100)
    assert given_up.count() == 1
    expect(photo.get_by_role("button", name="Try again")).to_be_visible()
    expect(olga.page.locator("#messages .day-line")).to_have_count(1)
    shown = [node.get_attribute("id") for node in olga.page.locator("#messages .message").all()]
    assert shown == order


def test_a_video_that_cannot_be_played_is_handed_out(
    enter: Enter, chat: WahaChat, var_dir: Any, troubles: list[str]
) -> None:
    film = make_message(chat, "", type=MessageType.VIDEO, media_state=MediaState.STORED)
    record = WahaMessage(pk=film.pk)
    services.store(
        [NO_FILM], record=record, name="film.mp4", by=None, max_bytes=10**6, chat_id=chat.pk
    )

    olga = enter("olga", f"/inbox/{chat.pk}/")

    card = olga.page.locator(".film-get")
    expect(card).to_contain_text("This browser cannot play it.")
    expect(olga.page.locator("video.film")).to_be_hidden()
    with olga.page.expect_download() as downloaded:
        card.click()
    assert downloaded.value.path().read_bytes() == NO_FILM


def test_a_file_of_a_contact_goes_from_its_menu_into_a_chat(
    enter: Enter, waha: Simulator, chat: WahaChat, var_dir: Any,
    assert_accessible: Callable[..., None],
) -> None:  # fmt: skip
    make_message(chat, "Do you have the dates?")
    carla = Contact.objects.create(name="Carla")
    WahaChat.objects.filter(pk=chat.pk).update(contact=carla)
    services.store([b"Monday"], record=carla, name="dates.txt", by=None, max_bytes=10**6)
    page = enter("olga", f"{carla.get_absolute_url()}?tab=files").page

    page.get_by_label("More for dates.txt").click()
    page.get_by_role("link", name="Send in a chat").click()
    assert_accessible(page, within="main")
    page.get_by_role("region", name="Suggested chats").get_by_role("link").click()
    expect(page.get_by_role("checkbox")).to_be_checked()
    page.get_by_label("Text with the first file").fill("Here they are")
    page.get_by_role("button", name="Send").click()

    olga = Inbox(page)
    expect(olga.bubble("Here they are")).to_contain_text("dates.txt")
    expect(olga.tick("Here they are", "read")).to_be_visible()
    assert [(send.kind, send.text) for send in waha.sends] == [("document", "Here they are")]
