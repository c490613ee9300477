"""What `make faults` stands on, without the half hour it may take."""

import random
import re

import pytest

from tests.faults import bodies
from tests.faults.report import Report
from tests.house.tree import ROOT
from waha.gateway.payloads import parse


def test_every_target_of_the_makefile_runs_a_script_that_exists() -> None:
    named = set(re.findall(r"scripts/\w+\.py", (ROOT / "Makefile").read_text()))

    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@pytest.mark.parametrize(("twice", "held"), [(0, True), (1, False)])
def test_report_holds_when_nothing_happened_that_must_not(twice: int, held: bool) -> None:
    report = Report("sends", 5, {"attempted": 3}, {"delivered twice": twice})

    assert report.held is held
    assert str(report).split()[0] == ("holds" if held else "FAILS")


def test_report_without_a_fault_says_nothing() -> None:
    report = Report("sends", 0, {"attempted": 3}, {"delivered twice": 0})

    assert report.held is False
    assert str(report).split()[0] == "INVALID"


def test_a_day_of_events_is_understood_and_has_no_event_twice() -> None:
    day = bodies.day(300, rng=random.Random(1))

    kinds = {type(parse(event)).__name__ for event in day}

    assert len({event["id"] for event in day}) == len(day) == 300
    assert kinds == {
        "Ack", "Edit", "IncomingMessage", "Reaction", "Revoke",
    }  # fmt: skip
