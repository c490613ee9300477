"""The inbox as a person at the screen speaks of it."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect


@dataclass(frozen=True)
class Inbox:
    """One open inbox page."""

    page: Page

    def row(self, name: str) -> Locator:
        """The row of a chat in the list."""
        words = self.page.locator(".row-name").filter(has_text=name)
        return self.page.locator("#chat-list .chat-row").filter(has=words)

    def rows(self) -> Locator:
        return self.page.locator("#chat-list .row-name")

    def badge(self, name: str) -> Locator:
        """The unread badge of a chat's row."""
        return self.row(name).locator(".pill")

    def bubble(self, text: str) -> Locator:
        """The message that says so."""
        return self.page.locator("#messages .message").filter(has_text=text)

    def tick(self, text: str, state: str) -> Locator:
        """The tick of a message of ours: sent, delivered, read, not sent …"""
        return self.bubble(text).get_by_role("img", name=state, exact=True)

    @property
    def composer(self) -> Locator:
        return self.page.locator("#composer-text")

    def open(self, name: str) -> None:
        """Open a chat by its row, and wait until one can write in it."""
        self.row(name).locator(".chat-link").click()
        expect(self.page.locator("#thread-title")).to_have_text(name)

    def reply(self, text: str) -> None:
        """Write and press Enter; the bubble is there and the composer empty."""
        self.composer.fill(text)
        self.composer.press("Enter")
        expect(self.bubble(text)).to_be_visible()
        expect(self.composer).to_have_value("")

    def act(self, text: str, name: str) -> None:
        """Press one of the buttons under a message that failed."""
        self.bubble(text).get_by_role("button", name=name, exact=True).click()

    def expect_title(self, pattern: str) -> None:
        expect(self.page).to_have_title(re.compile(pattern))
