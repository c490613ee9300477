"""Every address × method × actor × whose record it is: the answer is the one of the table."""

from dataclasses import dataclass, field

import pytest

from accounts.models import Guard, User
from tests.access.addresses import path_of, walk
from tests.access.browsing import answer, ask, fingerprint
from tests.access.office import ACTORS, Office
from tests.access.rules import ADMIN_LOGIN, GONE, LOGIN
from tests.access.table import TABLE

pytestmark = [pytest.mark.once, pytest.mark.slow]
METHODS = ("GET", "HEAD", "POST")
HIDDEN = {"404", "302 /admin/"}


def test_every_url_has_a_row() -> None:
    names = set(walk())

    assert sorted(names - set(TABLE)) == [], "add rows to tests/access/table.py"
    assert sorted(set(TABLE) - names) == [], "these rows are of no URL any more"


@dataclass(slots=True)
class Look:
    """What came out otherwise than the table has it."""

    wrong: list[str] = field(default_factory=list)
    asked: int = 0

    def at(self, office: Office, actor: str, name: str, method: str, like: str) -> None:
        """Ask for one address in all its cases; expect the answers that `like` gets."""
        row, hidden = TABLE[name], {}
        for case in row.cases(office, method):
            response = ask(office, actor, method, path_of(name, case.args))
            expected, got = row.rule(method)(office, like, case), answer(response)
            self.asked += 1
            if actor in GONE and got == ADMIN_LOGIN:
                got = LOGIN
            if got != expected:
                self.wrong.append(f"{method} {name} ({case.relation}): {got}, not {expected}")
            elif expected in HIDDEN:
                hidden[case.relation] = fingerprint(response, *case.args)
        self.wrong += [
            f"{method} {name}: {relation} is told from absent"
            for relation, seen in hidden.items()
            if seen != hidden.get("absent", seen)
        ]


@pytest.mark.parametrize("actor", ACTORS)
def test_answers_are_those_of_the_table(actor: str, office: Office, db: None) -> None:
    look = Look()

    for name in TABLE:
        for method in METHODS:
            look.at(office, actor, name, method, like=actor)

    assert look.asked > 300
    # Joined: a list of these is unreadable in a failure.
    assert "\n".join(look.wrong) == ""


@pytest.mark.parametrize(("actor", "like"), [("robot", "owner"), ("viewer", "robot")])
def test_roles_count_for_their_kind_of_sign_in_alone(
    actor: str, like: str, office: Office, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the API the robot's roles count and those of the viewer, all of the browser, do not."""
    monkeypatch.setattr(User, "current_guard", Guard.API, raising=False)
    look = Look()

    for name in TABLE:
        look.at(office, actor, name, "GET", like)

    assert "\n".join(look.wrong) == ""
