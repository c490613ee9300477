"""Times of which WAHA has no history, as the thread marks them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.factories import make_chat, make_message, make_session, make_user, share
from waha.models import WahaChat, WahaGap

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def chat(user: User) -> WahaChat:
    """A chat with a message every ten minutes for an hour, the newest now."""
    chat = make_chat()
    share(chat.session, user)
    now = timezone.now()
    for minutes in (60, 50, 40, 30, 20, 10):
        make_message(chat=chat, content=f"m{minutes}", at=now - timedelta(minutes=minutes))
    return chat


@pytest.fixture
def marks(user: User, chat: WahaChat) -> Callable[[], list[str]]:
    """The words of the messages under which a gap is marked."""

    def read() -> list[str]:
        client = Client()
        client.force_login(user)
        page = client.get(reverse("inbox:chat", args=[chat.pk]))
        return [each.content for each in page.context["messages"] if each.gap_below]

    return read


def gap(of: WahaChat, begins: int, ends: int, **fields: object) -> WahaGap:
    now = timezone.now()
    values: dict[str, object] = {"session": of.session, **fields}
    return WahaGap.objects.create(
        begins_at=now - timedelta(minutes=begins), ends_at=now - timedelta(minutes=ends), **values
    )


def test_gap_stands_under_the_last_message_before_its_end(
    chat: WahaChat, marks: Callable[[], list[str]]
) -> None:
    gap(chat, 45, 41)

    assert marks() == ["m50"]


def test_gap_after_everything_stands_at_the_foot(
    chat: WahaChat, marks: Callable[[], list[str]]
) -> None:
    gap(chat, 8, 2)

    assert marks() == ["m10"]


def test_gap_of_another_chat_or_number_or_time_is_not_shown(
    chat: WahaChat, marks: Callable[[], list[str]]
) -> None:
    gap(chat, 45, 41, chat=make_chat(session=chat.session))
    gap(chat, 45, 41, session=make_session())
    gap(chat, 120, 90)

    assert marks() == []
