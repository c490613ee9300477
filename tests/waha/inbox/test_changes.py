"""The menu of a bubble."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.waha.inbox.conftest import add_message
from waha.gateway.receipts import raw_part
from waha.gateway.simulator import Simulator
from waha.inbound import drain
from waha.models import WahaChat, WahaMessage, WahaMessageKey
from waha.outbound import changes

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def address(name: str, message: WahaMessage) -> str:
    return reverse(f"inbox:message-{name}", args=[message.chat_id, message.pk])


@pytest.fixture
def mine(waha: Simulator, chat: WahaChat) -> WahaMessage:
    """A text of ours from a minute ago, as WhatsApp has it."""
    on_whatsapp = waha.say(chat.chat_id, "Hello", session="support", from_me=True)
    at = timezone.now() - timedelta(minutes=1)
    message = add_message(chat, "Hello", at, from_me=True, message_id=raw_part(on_whatsapp))
    WahaMessageKey.objects.create(
        session_id=chat.session_id,
        from_me=True,
        message_id=message.message_id,
        message_pk=message.pk,
        created_at=at,
    )
    return message


def test_menu_offers_what_whatsapp_allows(desk: Client, mine: WahaMessage, chat: WahaChat) -> None:
    theirs = add_message(chat, "Hi", timezone.now())
    old = add_message(chat, "Older", timezone.now() - timedelta(days=3), from_me=True)

    def offered(message: WahaMessage) -> list[bool]:
        page = desk.get(address("actions", message), headers=HTMX).content.decode()
        return [address(name, message) in page for name in ("react", "edit", "delete")]

    assert offered(mine) == [True, True, True]
    assert offered(theirs) == [True, False, False]
    assert offered(old) == [True, False, False]


def test_menu_is_a_page_without_javascript(desk: Client, mine: WahaMessage) -> None:
    page = desk.get(address("actions", mine))
    fragment = desk.get(address("actions", mine), headers=HTMX)

    assert page.templates[0].name == "waha/inbox/message_actions.html"
    assert fragment.templates[0].name == "waha/inbox/_message_actions.html"
    assert "Hello" in page.content.decode()


def test_edit_answers_with_the_bubble_as_it_will_be(desk: Client, mine: WahaMessage) -> None:
    answer = desk.post(address("edit", mine), {"text": "Hello there"}, headers=HTMX)
    drain.drain_all()

    [bubble] = answer.context["messages"]
    assert (bubble.content, bubble.edited) == ("Hello there", True)
    mine.refresh_from_db()
    assert mine.content == "Hello there"


def test_delete_answers_with_the_bubble_as_it_will_be(desk: Client, mine: WahaMessage) -> None:
    answer = desk.post(address("delete", mine), headers=HTMX)

    assert [bubble.revoked for bubble in answer.context["messages"]] == [True]


def test_pressing_the_same_reaction_again_takes_it_away(desk: Client, mine: WahaMessage) -> None:
    desk.post(address("react", mine), {"emoji": "👍"}, headers=HTMX)
    drain.drain_all()

    menu = desk.get(address("actions", mine), headers=HTMX)

    assert changes.my_reaction(mine) == "👍"
    assert '<button class="quick-reaction" name="emoji" value="" aria-pressed="true">👍' in (
        menu.content.decode()
    )


def test_refusal_stands_in_the_menu_or_over_the_chat(desk: Client, chat: WahaChat) -> None:
    old = add_message(chat, "Old", timezone.now() - timedelta(days=3), from_me=True)

    fragment = desk.post(address("delete", old), headers=HTMX)
    page = desk.post(address("delete", old))

    words = "WhatsApp deletes a message for everyone for two days only."
    assert fragment.content.decode().strip() == words
    assert fragment.headers["HX-Retarget"] == f"#refusal-{old.pk}"
    assert page.headers["Location"] == chat.get_absolute_url()
    assert [str(each) for each in get_messages(page.wsgi_request)] == [words]


def test_menu_costs_the_same_however_long_the_chat(
    desk: Client, mine: WahaMessage, chat: WahaChat, assert_same_queries: Callable[..., None]
) -> None:
    def grow(number: int) -> None:
        for index in range(number):
            add_message(chat, "more", timezone.now() - timedelta(hours=index))

    assert_same_queries(lambda: desk.get(address("actions", mine)), grow, at_most=10)
