"""Every address × method × actor × whose record it is: the answer is the one of the table."""

import pytest

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


@pytest.mark.parametrize("actor", ACTORS)
def test_answers_are_those_of_the_table(actor: str, office: Office, db: None) -> None:
    wrong, differing, asked = [], [], 0
    for name, row in TABLE.items():
        cases = row.subject(office)
        for method in METHODS:
            hidden = {}
            for case in cases:
                path = path_of(name, case.args)
                response = ask(office, actor, method, path)
                expected, got = row.rule(method)(office, actor, case), answer(response)
                asked += 1
                if actor in GONE and got == ADMIN_LOGIN:
                    got = LOGIN
                if got != expected:
                    wrong.append(f"{method} {name} ({case.relation}): {got}, not {expected}")
                elif expected in HIDDEN:
                    hidden[case.relation] = fingerprint(response, *case.args)
            differing += [
                f"{method} {name}: {relation} is told from absent"
                for relation, seen in hidden.items()
                if seen != hidden.get("absent", seen)
            ]

    assert asked > 400
    # Joined: a list of these is unreadable in a failure.
    assert "\n".join(wrong + differing) == ""
