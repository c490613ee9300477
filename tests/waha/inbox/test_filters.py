"""What the list's address means."""

import pytest
from django.http import QueryDict

from mercury.ui.phones import phone
from waha.inbox.cursors import LiveCursor
from waha.inbox.filters import Filters
from waha.inbox.names import chat_name, person

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        ("", Filters()),
        ("tab=unread&number=7&q=+ada+", Filters("unread", 7, "ada")),
        ("tab=nonsense&number=x", Filters()),
        ("number=٧", Filters()),
        ("number=-1", Filters()),
    ],
)
def test_filters_take_what_they_know(query: str, filters: Filters) -> None:
    assert Filters.parse(QueryDict(query)) == filters


def test_filters_write_only_what_differs() -> None:
    assert Filters().query == ""
    assert Filters("groups", 3, "a&b").query == "tab=groups&number=3&q=a%26b"


def test_filters_forget_a_number_that_is_not_shared() -> None:
    assert Filters(number=9).over([1, 2]) == (Filters(), [1, 2])
    assert Filters(number=2).over([1, 2]) == (Filters(number=2), [2])


@pytest.mark.parametrize("text", ["", "1-0", "1_1", "a-b_c", "1-0_1 ", "٣-0_1", "9" * 40 + "-0_1"])
def test_live_cursor_refuses_what_we_did_not_write(text: str) -> None:
    assert LiveCursor.parse(text) is None


def test_live_cursor_reads_what_it_writes() -> None:
    cursor = LiveCursor.now(42)

    assert LiveCursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize(
    ("address", "kind", "name", "contact", "shown"),
    [
        ("447700900123@c.us", "direct", "carla", "Carla Stein", "Carla Stein"),
        ("447700900123@c.us", "direct", "carla", "", "carla"),
        ("447700900123@c.us", "direct", "", None, "+44 7700 900123"),
        ("123456789@lid", "direct", "", None, "Unknown number"),
        ("1203630@g.us", "group", "Course A", "Somebody", "Course A"),
        ("1203630@g.us", "group", "", None, "Group"),
    ],
)
def test_chats_are_called_by_the_best_name(
    address: str, kind: str, name: str, contact: str | None, shown: str
) -> None:
    assert chat_name(address, kind, name, contact) == shown


def test_private_ids_are_never_shown_as_phones() -> None:
    assert person("123456789@lid", "") == "Unknown number"
    assert person("447700900123@s.whatsapp.net", "") == "+44 7700 900123"
    assert phone("odd text") == "odd text"
