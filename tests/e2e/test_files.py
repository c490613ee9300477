"""Photos and documents: chosen, pasted, dropped, sent and shown."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import FilePayload, expect

from tests.e2e.inbox import Inbox
from tests.factories import make_message
from waha.gateway.simulator import Simulator
from waha.gateway.simulator.media import document, picture
from waha.models import WahaChat

Enter = Callable[..., Inbox]
PHOTO: FilePayload = {"name": "hills.jpg", "mimeType": "image/jpeg", "buffer": picture("Hills", 90)}
PAPER: FilePayload = {
    "name": "price list.pdf",
    "mimeType": "application/pdf",
    "buffer": document("Prices"),
}
# What a clipboard or a drag carries: a file made in the page.
CARRY = """([kind, target, name, type]) => {
    const held = new DataTransfer();
    held.items.add(new File(["carried"], name, {type}));
    const fields = {bubbles: true, cancelable: true, composed: true};
    const event = kind === "paste"
        ? new ClipboardEvent("paste", {...fields, clipboardData: held})
        : new DragEvent(kind, {...fields, dataTransfer: held});
    document.querySelector(target).dispatchEvent(event);
}"""


def carry(inbox: Inbox, kind: str, target: str, name: str, mime: str = "text/plain") -> None:
    inbox.page.evaluate(CARRY, [kind, target, name, mime])


def kinds(waha: Simulator) -> list[tuple[str, str]]:
    return [(send.kind, send.text) for send in waha.sends]


def test_photo_and_document_are_sent(
    enter: Enter, waha: Simulator, chat: WahaChat, var_dir: Any
) -> None:
    make_message(chat, "What do you offer?")
    olga = enter("olga", f"/inbox/{chat.pk}/")
    files = olga.page.locator("#composer-input")

    files.set_input_files([PHOTO, PAPER])
    cards = olga.page.locator("#composer-files .composer-file")
    expect(cards.locator("strong")).to_have_text(["hills.jpg", "price list.pdf"])
    expect(cards.first.locator("img")).to_be_visible()
    olga.composer.fill("See both")
    olga.composer.press("Enter")

    photo = olga.bubble("See both").locator(".photo img")
    expect(photo).to_be_visible()
    expect(olga.bubble("price list.pdf").get_by_role("img", name="read")).to_be_visible()
    expect(olga.tick("See both", "read")).to_be_visible()
    expect(cards).to_have_count(0)
    assert kinds(waha) == [("image", "See both"), ("document", "")]
    photo.click()
    expect(olga.page.locator("dialog.lightbox img")).to_be_visible()
    assert olga.page.evaluate("document.querySelector('.lightbox img').naturalWidth") == 640
    olga.page.keyboard.press("Escape")
    with olga.page.expect_download() as download:
        olga.page.locator("a.file-card").click()
    assert download.value.suggested_filename == "price list.pdf"


def test_file_is_pasted_dropped_and_taken_out_again(
    enter: Enter, waha: Simulator, chat: WahaChat, var_dir: Any
) -> None:
    make_message(chat, "Notes, please")
    olga = enter("olga", f"/inbox/{chat.pk}/")
    names = olga.page.locator("#composer-files strong")

    carry(olga, "paste", "#composer-text", "pasted.txt")
    expect(names).to_have_text(["pasted.txt"])
    carry(olga, "dragenter", "#thread-scroll", "dropped.txt")
    expect(olga.page.locator(".drop-veil")).to_be_visible()
    carry(olga, "drop", "#thread-scroll", "dropped.txt")
    expect(olga.page.locator(".drop-veil")).to_be_hidden()
    expect(names).to_have_text(["pasted.txt", "dropped.txt"])
    olga.page.get_by_role("button", name="Remove pasted.txt").click()
    expect(names).to_have_text(["dropped.txt"])
    olga.page.get_by_role("button", name="Send", exact=True).click()

    expect(olga.bubble("dropped.txt")).to_be_visible()
    expect(olga.bubble("dropped.txt").get_by_role("img", name="read")).to_be_visible()
    assert kinds(waha) == [("document", "")]


def test_photo_and_voice_of_a_customer_are_shown(
    enter: Enter, waha: Simulator, chat: WahaChat, var_dir: Any
) -> None:
    make_message(chat, "Look")
    olga = enter("olga", f"/inbox/{chat.pk}/")

    waha.say(chat.chat_id, "From the field", kind="image", session="support", name="Carla")
    waha.say(chat.chat_id, kind="voice", session="support", name="Carla")

    expect(olga.bubble("From the field").locator(".photo img")).to_be_visible()
    player = olga.page.locator(".message .player")
    expect(player.get_by_role("button", name="Play")).to_be_visible()
    expect(olga.row("Carla").locator(".row-text")).to_have_text("Voice message")
