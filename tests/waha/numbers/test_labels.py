"""The page of a number's labels: what it shows, who may do what, and what it says is wrong."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.factories import make_session
from tests.fixtures.personas import PASSWORD, make_user
from waha import labels as rows
from waha import sharing
from waha.gateway.label_colors import COLORS
from waha.models import Level, WahaChat, WahaChatLabel, WahaLabel, WahaSession

pytestmark = pytest.mark.django_db


@pytest.fixture
def waha(number: WahaSession) -> None:
    """No WAHA of the other tests of numbers."""


@pytest.fixture
def page(number: WahaSession) -> str:
    return reverse("numbers:labels", args=[number.pk])


def browser(number: WahaSession, level: Level, name: str = "lea") -> Client:
    client = Client()
    user = make_user(name)
    sharing.share(session=number, user=user, level=level, by=None)
    client.force_login(user)
    return client


def make(number: WahaSession, name: str = "Lead", color: str = COLORS[0]) -> WahaLabel:
    place = str(WahaLabel.objects.count() + 1)
    return WahaLabel.objects.create(session=number, label_id=place, name=name, color=color)


@pytest.mark.parametrize(
    ("level", "may"),
    [
        (Level.VIEW, (False, False, False)),
        (Level.REPLY, (True, True, False)),
        (Level.MANAGE, (True, True, True)),
    ],
)
def test_page_offers_what_one_may(
    number: WahaSession, page: str, level: Level, may: tuple[bool, ...]
) -> None:
    label = make(number)

    shown = browser(number, level).get(page).content.decode()

    delete = reverse("numbers:label-delete", args=[number.pk, label.pk])
    change = reverse("numbers:label-change", args=[number.pk, label.pk])
    assert (f'action="{change}"' in shown, "New label" in shown, f'action="{delete}"' in shown) == (
        may
    )


def test_colour_is_said_in_words_beside_it(number: WahaSession, page: str) -> None:
    make(number, color=COLORS[5])

    answer = browser(number, Level.REPLY).get(page)

    assert [(row.color, row.color_name) for row in answer.context["rows"]] == [(5, "Turquoise")]
    assert 'value="5" checked' in answer.content.decode()


def test_label_of_another_number_is_not_found_here(number: WahaSession) -> None:
    foreign = make(make_session(name="other", server=number.server))
    url = reverse("numbers:label-change", args=[number.pk, foreign.pk])

    assert browser(number, Level.MANAGE).post(url, {"name": "Mine"}).status_code == 404


@pytest.mark.parametrize(
    ("color", "said"), [("20", "colours"), ("x", "colours"), ("-1", "colours"), ("", "a name")]
)
def test_mistake_is_said_at_the_label_with_what_was_typed(
    number: WahaSession, color: str, said: str
) -> None:
    label, other = make(number), make(number, "Other")
    url = reverse("numbers:label-change", args=[number.pk, label.pk])
    name = "Brand new" if color else " "

    answer = browser(number, Level.REPLY).post(url, {"name": name, "color": color})

    wrong = {row.pk: row.refused for row in answer.context["rows"]}
    assert (said in wrong[label.pk], wrong[other.pk]) == (True, "")
    assert (f'value="{name}"' in answer.content.decode(), answer.status_code) == (True, 200)


def test_name_that_is_a_phone_is_not_changed_by_who_may_not_read_it(
    number: WahaSession, page: str
) -> None:
    make(number, "+44 7700 900123")
    may, may_not = browser(number, Level.REPLY), Client()
    user = User.objects.create_user("max@example.com", PASSWORD, name="Max")
    sharing.share(session=number, user=user, level=Level.REPLY, by=None)
    may_not.force_login(user)

    shown = [client.get(page).context["rows"][0] for client in (may, may_not)]

    assert [(row.is_masked, row.name) for row in shown] == [
        (False, "+44 7700 900123"), (True, "••• 123"),
    ]  # fmt: skip


def test_page_costs_the_same_with_many_labels(
    number: WahaSession, page: str, assert_same_queries: Callable[..., None]
) -> None:
    client = browser(number, Level.MANAGE)

    def grow(count: int) -> None:
        for _time in range(count):
            label = make(number, f"Label {WahaLabel.objects.count()}")
            chat = WahaChat.objects.create(session=number, chat_id=f"{label.pk}@c.us")
            WahaChatLabel.objects.create(chat=chat, label=label, heard_at=timezone.now())
            rows.show([chat.pk])

    assert_same_queries(lambda: client.get(page), grow, at_most=10)
