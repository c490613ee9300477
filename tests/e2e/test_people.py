"""People and groups in the browser: a label renamed, a group left, two chats that become one."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.inbox import Inbox
from tests.e2e.test_screens import PHONE, overflows
from waha.gateway.label_colors import COLORS
from waha.gateway.simulator import Simulator
from waha.models import WahaChat, WahaLabel, WahaSession

Enter = Callable[..., Inbox]
GROUP = "120363025555555555@g.us"
ANNA, ANNA_LID = "447700900123@c.us", "223344556677889@lid"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_labels_can_be_read_and_changed_in_either_theme(
    enter: Enter, waha: Simulator, number: WahaSession, users: object, theme: str,
    assert_accessible: Callable[..., None],
) -> None:  # fmt: skip
    label_id = waha.add_label("Lead", session="support")
    label = WahaLabel.objects.create(
        session=number, label_id=label_id, name="Lead", color=COLORS[0]
    )
    page = enter("olga", f"/sessions/{number.pk}/labels/", color_scheme=theme).page
    page.locator("summary.label-line").click()
    assert_accessible(page)

    page.locator(f"#label-name-{label.pk}").fill("Hot lead")
    page.locator(".label-edit").get_by_title("Red").click()
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".label-row .label-chip")).to_have_text("Hot lead")
    assert waha.session("support").labels[label_id]["colorHex"] == COLORS[13]


@PHONE
def test_labels_fit_a_phone(enter: Enter, number: WahaSession, users: object) -> None:
    WahaLabel.objects.create(session=number, label_id="1", name="A long name " * 8)

    page = enter("olga", f"/sessions/{number.pk}/labels/").page
    page.locator("summary.label-line").tap()

    expect(page.get_by_role("button", name="Save", exact=True)).to_be_visible()
    assert not overflows(page)


def test_composer_closes_and_opens_with_the_group(
    enter: Enter, waha: Simulator, users: object
) -> None:
    waha.say(GROUP, "I bring the cones", session="support", sender="447700900124@c.us")
    olga = enter("olga", "/inbox/?tab=groups")
    olga.page.locator("#chat-list .chat-row .chat-link").click()
    composer = olga.page.locator("#composer")
    expect(composer.locator("textarea")).to_be_visible()

    waha.move(GROUP, left=True, session="support")
    expect(composer).to_contain_text("no longer in this group")
    waha.move(GROUP, left=False, session="support")

    expect(composer.locator("textarea")).to_be_visible()


def test_two_chats_of_a_person_become_one_while_one_looks(
    enter: Enter, waha: Simulator, users: object
) -> None:
    olga = enter("olga")
    waha.say(ANNA, "Under my number", session="support", name="Anna")
    expect(olga.row("Anna")).to_contain_text("Under my number")

    waha.say(ANNA_LID, "Under my LID", session="support", name="Anna", know_alt=False)

    expect(olga.row("Anna")).to_have_count(1)
    expect(olga.row("Anna")).to_contain_text("Under my LID")
    assert WahaChat.objects.get().chat_id == ANNA
    olga.row("Anna").locator(".chat-link").click()
    expect(olga.page.locator("#messages .message")).to_have_count(2)
