"""Times, faces, icons and query strings as templates draw them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.template import Context, Template
from django.utils import timezone, translation

from mercury.ui import clock, faces
from mercury.ui.templatetags import ui

NOW = datetime(2026, 5, 13, 12, 0, tzinfo=UTC)  # a Wednesday


@pytest.fixture
def noon_in_dubai() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), timezone.override("Asia/Dubai"):
        yield


@pytest.mark.usefixtures("noon_in_dubai")
@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (NOW - timedelta(minutes=5), "15:55"),
        # 21:30 UTC is already today in Dubai, 19:30 UTC still yesterday.
        (datetime(2026, 5, 12, 21, 30, tzinfo=UTC), "01:30"),
        (datetime(2026, 5, 12, 19, 30, tzinfo=UTC), "Yesterday"),
        (NOW - timedelta(days=5), "Fri"),
        (NOW - timedelta(days=7), "6 May"),
        (NOW - timedelta(days=400), "8 Apr 2025"),
    ],
)
def test_chat_time_follows_the_readers_zone(at: datetime, shown: str) -> None:
    assert clock.chat_time(at) == shown


@pytest.mark.usefixtures("noon_in_dubai")
@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (date(2026, 5, 13), "Today"),
        (date(2026, 5, 12), "Yesterday"),
        (date(2026, 5, 8), "Friday"),
        (date(2026, 5, 1), "1 May"),
        (date(2025, 12, 31), "31 December 2025"),
    ],
)
def test_day_name_speaks_of_days(day: date, shown: str) -> None:
    assert clock.day_name(day) == shown


@pytest.mark.usefixtures("noon_in_dubai")
def test_chat_time_speaks_the_readers_language() -> None:
    with translation.override("de"):
        assert clock.chat_time(NOW - timedelta(days=5)) == "Fr"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Amira Haddad", "AH"),
        ("Leadership in Practice — June", "LJ"),
        ("ana", "An"),
        ("مريم العتيبي", "م"),
        ("+44 7700 900218", "#"),
        ("🎉 Bob", "Bo"),
        ("", "#"),
    ],
)
def test_initials_of_a_name(name: str, letters: str) -> None:
    assert faces.initials(name) == letters


def test_hue_stays_with_its_key() -> None:
    assert [faces.hue(5), faces.hue(17), faces.hue("eva"), faces.hue("eva")] == [5, 5, 11, 11]


def test_icon_is_hidden_unless_it_says_something() -> None:
    assert 'aria-hidden="true"' in ui.icon("inbox")
    assert 'role="img" aria-label="read &lt;it&gt;"' in ui.icon("checks", "tick", "read <it>")


def test_icon_of_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="No icon 'nope'"):
        ui.icon("nope")


def test_icons_named_by_code_are_in_the_sprite() -> None:
    named = {*ui.KIND_ICONS.values(), *(icon for _part, icon in ui.FILE_ICONS), "file-text"}

    assert named - ui.icon_names() == set()


@pytest.mark.parametrize(
    ("changes", "query"),
    [
        ({}, "?tab=unread&number=3"),
        ({"number": ""}, "?tab=unread"),
        ({"tab": None, "number": ""}, ""),
        ({"q": "a&b"}, "?tab=unread&number=3&q=a%26b"),
    ],
)
def test_query_with_sets_and_takes_out(changes: dict[str, object], query: str) -> None:
    assert ui.query_with("tab=unread&number=3", **changes) == query


def test_badge_count_stops_at_99() -> None:
    assert [ui.badge_count(number) for number in (1, 99, 100)] == ["1", "99", "99+"]


def test_filters_take_what_is_not_there() -> None:
    page = Template(
        "{% load ui %}[{{ at|chat_time }}][{{ length|duration }}][{{ kind|kind_icon }}]"
    )

    html = page.render(Context({"at": None, "length": None, "kind": "text"}))

    assert html == "[][][]"


def test_duration_in_minutes_and_seconds() -> None:
    assert [clock.duration(second) for second in (0, 24.4, 61, 3725)] == [
        "0:00", "0:24", "1:01", "62:05",
    ]  # fmt: skip
