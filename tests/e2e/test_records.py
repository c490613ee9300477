"""Contacts and their files at the screen: found, written down, dropped, undone; phone and dark."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import FilePayload, Page, expect

from accounts.models import User
from attachments import services
from attachments.models import Attachment
from attachments.refusals import FileRefused
from crm.models import Contact
from tests.attachments import hostile
from tests.crm.conftest import KEEPING, allow
from tests.e2e.inbox import Inbox
from tests.factories import make_company, make_contact
from waha.models import WahaChat

Enter = Callable[..., Inbox]
PHOTO: FilePayload = {
    "name": "site.jpg", "mimeType": "image/jpeg", "buffer": hostile.picture("JPEG", (64, 48)),
}  # fmt: skip
FALSE: FilePayload = {"name": "cv.png", "mimeType": "image/png", "buffer": b"<html>hello</html>"}
PHONE = pytest.mark.browser_context_args(
    viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
)
DROP = """([name, text]) => {
    const held = new DataTransfer();
    held.items.add(new File([text], name, {type: "text/plain"}));
    const fields = {bubbles: true, cancelable: true, dataTransfer: held};
    document.querySelector("[data-drop]").dispatchEvent(new DragEvent("drop", fields));
}"""


@pytest.fixture
def carla(chat: WahaChat, users: dict[str, User]) -> Contact:
    """The contact of the chat, whom Olga may change."""
    contact = make_contact(name="Carla Weiss", company=make_company(name="Acme"))
    chat.contact = contact
    chat.save(update_fields=["contact"])
    allow(users["olga"], *KEEPING)
    return contact


def overflows(page: Page) -> bool:
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )


def test_contact_is_found_and_noted_and_files_come_and_go(
    enter: Enter, carla: Contact, troubles: list[str]
) -> None:
    page = enter("olga", "/contacts/").page
    page.locator("#records-q").type("carl")
    page.get_by_role("link", name="Carla Weiss").click()

    page.get_by_label("Note", exact=True).fill("Call back")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator(".note-text")).to_have_text("Call back")

    page.get_by_role("link", name="Files", exact=True).click()
    page.locator("#files-input").set_input_files([PHOTO, FALSE])
    expect(page.locator(".file-tile")).to_have_count(1)
    expect(page.locator(".upload-error")).to_contain_text("This is no PNG file")
    page.evaluate(DROP, ["plan.txt", "words"])
    expect(page.locator(".file-tile")).to_have_count(2)

    tile = page.locator(".file-tile").filter(has_text="plan.txt")
    tile.locator("summary").click()
    tile.get_by_role("button", name="Delete").click()
    expect(page.locator(".file-tile")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".file-tile")).to_have_count(2)

    assert [each for each in troubles if "422" not in each] == []
    troubles.clear()


@PHONE
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_records_are_accessible_and_fit_a_phone(
    enter: Enter, carla: Contact, theme: str, assert_accessible: Callable[..., None]
) -> None:
    services.store([b"words"], record=carla, name="plan.txt", by=None, max_bytes=99)
    olga = enter("olga", "/contacts/", color_scheme=theme)
    for path in ("/contacts/", "?tab=notes", "?tab=files", "?tab=history", "/contacts/new/"):
        olga.page.goto(path if path.startswith("/") else f"{carla.get_absolute_url()}{path}")

        assert_accessible(olga.page)
        assert not overflows(olga.page), path
    expect(olga.page.get_by_label("Name")).to_be_visible()


def test_files_are_put_on_without_scripts(enter: Enter, carla: Contact) -> None:
    page = enter("olga", f"{carla.get_absolute_url()}?tab=files", java_script_enabled=False).page

    page.locator("#files-input").set_input_files(PHOTO)
    page.get_by_role("button", name="Upload").click()

    expect(page.locator(".file-tile")).to_have_count(1)


def test_no_hostile_file_runs_when_it_is_opened(
    enter: Enter, carla: Contact, troubles: list[str]
) -> None:
    """Each that was kept is opened as a page of its own and shown in the list of files."""
    page, ran, opened = enter("olga", "/contacts/").page, list[str](), 0
    page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    for name, content in hostile.everything():
        with suppress(FileRefused):
            services.store([content], record=carla, name=name, by=None, max_bytes=10**7)
    for kept in Attachment.objects.of(carla):
        if kept.is_inline:
            page.goto(kept.get_absolute_url())
        else:
            with page.expect_download() as download, suppress(BrowserError):
                page.goto(kept.get_absolute_url())  # ends as a download, and says so
            download.value.cancel()
        opened += 1
        if page.title() == "hurt" or page.evaluate("window.hurt === 1"):
            ran.append(kept.display_name)
    for kept in Attachment.objects.of(carla):
        # As a page would meet it that somebody tricks into framing or navigating there.
        answer = page.request.get(kept.get_absolute_url())
        assert "sandbox" in answer.headers["content-security-policy"]
    page.goto(f"{carla.get_absolute_url()}?tab=files")
    expect(page.locator(".file-tile").first).to_be_visible()

    assert (ran, page.title() != "hurt", opened > 50) == ([], True, True)
    troubles.clear()  # broken pictures are said on the console
