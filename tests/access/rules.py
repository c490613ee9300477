"""How expected answers are written: short rules that say who gets what.

An answer is a status, and for a redirect where to: `200`, `302 /inbox/#/` (# for any number),
`login` and `admin login` for the two ways of being sent to sign in.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from tests.access.office import ANONYMOUS, PEOPLE, Office
from waha.models import Level

# Nobody stands behind these: one never signed in, the other was signed in when deactivated.
GONE = {ANONYMOUS, "deactivated"}
STAFF = {name for name, (_role, staff, *_) in PEOPLE.items() if staff} - GONE
LOGIN, ADMIN_LOGIN = "login", "admin login"  # the admin's leads guests on to the other


@dataclass(frozen=True, slots=True)
class Case:
    """What an address speaks of: its arguments, whose number that is, and whether it is there."""

    relation: str
    args: tuple[Any, ...] = ()
    number: str = ""
    exists: bool = True


Rule = Callable[[Office, str, Case], str]
Subject = Callable[[Office], list[Case]]


@dataclass(frozen=True, slots=True)
class Row:
    """The expected answers of one address, by method. A HEAD is answered as a GET unless said."""

    subject: Subject
    get: Rule
    post: Rule
    head: Rule | None = None

    def rule(self, method: str) -> Rule:
        return {"GET": self.get, "HEAD": self.head or self.get, "POST": self.post}[method]

    def cases(self, office: Office, method: str) -> list[Case]:
        """What to ask for; the view of a GET answers HEAD too, so the first case shows it."""
        found = self.subject(office)
        return found[:1] if method == "HEAD" and self.head is None else found


def both(rule: Rule) -> tuple[Rule, Rule]:
    """The same for GET and POST."""
    return rule, rule


def public(answer: str) -> Rule:
    """The same for everybody."""
    return lambda office, actor, case: answer


def signed_in(answer: str, guests: str = LOGIN) -> Rule:
    """Open to everybody who is signed in, and to nobody else."""
    return lambda office, actor, case: guests if actor in GONE else answer


def only(allowed: Collection[str], answer: str, missing: str = "404") -> Rule:
    """Open to these, 403 to others who are signed in; `missing` where there is nothing to see."""

    def expected(office: Office, actor: str, case: Case) -> str:
        if actor in GONE:
            return LOGIN
        if actor not in allowed:
            return "403"
        return answer if case.exists else missing

    return expected


def level(needed: Level, answer: str) -> Rule:
    """Open from a level on the number: 404 to who may not see it, 403 to who may do too little."""

    def expected(office: Office, actor: str, case: Case) -> str:
        if actor in GONE:
            return LOGIN
        held = office.level(actor, case.number) if case.number else None
        if held is None:
            return "404"
        if held < needed:
            return "403"
        return answer if case.exists else "404"

    return expected


def staff(allowed: Collection[str], answer: str, missing: str = "302 /admin/") -> Rule:
    """Open in the admin to these, 403 to other staff; `missing` where there is nothing to see."""

    def expected(office: Office, actor: str, case: Case) -> str:
        if actor in GONE:
            return LOGIN
        if actor not in STAFF:
            return ADMIN_LOGIN
        if actor not in allowed:
            return "403"
        return answer if case.exists and _reaches(office, actor, case) else missing

    return expected


def exporting(rule: Rule) -> Rule:
    """The same for whose role may export chats; 403 for others who see it."""

    def expected(office: Office, actor: str, case: Case) -> str:
        answer = rule(office, actor, case)
        return "403" if answer == "200" and actor not in {"manager", "owner"} else answer

    return expected


def _reaches(office: Office, actor: str, case: Case) -> bool:
    """Whether the row of an admin page is one of theirs; one of no number is everybody's."""
    return case.number in {"", "*"} or office.level(actor, case.number) is not None


NOT_ALLOWED = signed_in("405")


def answering(rule: Rule) -> Rule:
    """The same for who may answer on some number; 403 for others who see it."""

    def expected(office: Office, actor: str, case: Case) -> str:
        answer = rule(office, actor, case)
        held = max(office.reader(actor).levels.values(), default=Level.VIEW)
        return "403" if answer == "200" and held < Level.REPLY else answer

    return expected
