"""The dots on the rail of pages beside the inbox."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.waha.inbox.conftest import add_chat
from waha.models import SessionStatus, WahaSession

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def lit(client: Client) -> set[str]:
    """Names of the dots that shine."""
    html = client.get(reverse("inbox:marks")).content.decode()
    dots = re.findall(r'<span [^>]*id="rail-mark-(\w+)"([^>]*)>', html)
    assert [name for name, _rest in dots] == ["inbox", "numbers"]
    return {name for name, rest in dots if " hidden" not in rest}


def test_inbox_shines_while_something_is_unread(
    desk: Client, number: WahaSession, other_number: WahaSession
) -> None:
    add_chat(other_number, 1, in_seq=3)
    before = lit(desk)

    add_chat(number, 1, in_seq=3)

    assert (before, lit(desk)) == (set(), {"inbox"})


@pytest.mark.parametrize(
    ("status", "shines"),
    [
        (SessionStatus.WORKING, False),
        (SessionStatus.CONNECTING, False),
        (SessionStatus.STOPPED, False),
        (SessionStatus.SCAN_QR, True),
        (SessionStatus.FAILED, True),
    ],
)
def test_numbers_shine_while_one_waits_for_a_person(
    desk: Client, number: WahaSession, status: str, shines: bool
) -> None:
    WahaSession.objects.filter(pk=number.pk).update(status=status)

    assert lit(desk) == ({"numbers"} if shines else set())


@pytest.mark.usefixtures("known_access")
def test_marks_queries_do_not_grow(
    desk: Client, number: WahaSession, assert_same_queries: Callable[..., None]
) -> None:
    made = iter(range(100))

    def grow(n: int) -> None:
        for _ in range(n):
            add_chat(number, next(made), in_seq=1)

    assert_same_queries(lambda: desk.get(reverse("inbox:marks")), grow, at_most=3)


def test_rail_has_places_for_the_dots(desk: Client, number: WahaSession) -> None:
    html = desk.get(reverse("numbers:list")).content.decode()

    assert html.count('id="rail-mark-inbox"') == html.count('id="rail-mark-numbers"') == 1
    assert f'data-marks-url="{reverse("inbox:marks")}"' in html
