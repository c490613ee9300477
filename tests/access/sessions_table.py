"""Rows of the matrix: what cuts a number off or connects it, its states, and WAHA servers."""

from tests.access.admin_table import ABSENT, ADMINS, OWNERS, nothing
from tests.access.office import Office
from tests.access.rules import NOT_ALLOWED, Case, Row, both, level, only
from waha.models import Level


def numbers(office: Office) -> list[Case]:
    own = [Case(letter, (line.session.pk,), letter) for letter, line in office.lines.items()]
    return [*own, Case("absent", (ABSENT,))]


def servers(office: Office) -> list[Case]:
    return [
        Case("a", (office.lines["a"].session.server_id,)),
        Case("absent", (ABSENT,), exists=False),
    ]


def asked(name: str) -> dict[str, Row]:
    """What cuts a number off: GET asks, POST does."""
    manager = [level(Level.MANAGE, answer) for answer in ("200", "302 /sessions/#/")]
    return {f"numbers:{name}": Row(numbers, *manager, NOT_ALLOWED)}


def posted(name: str) -> dict[str, Row]:
    """A button: nothing but POST."""
    done = level(Level.MANAGE, "302 /sessions/#/")
    return {f"numbers:{name}": Row(numbers, NOT_ALLOWED, done)}


SESSION_ROWS = {
    **asked("stop"),
    **asked("restart"),
    **asked("log-out"),
    **asked("remove"),
    **posted("adopt"),
    **posted("turn-away"),
    **posted("code"),
    **posted("check"),
    **posted("fetch"),
    **posted("older"),
    "numbers:settings": Row(numbers, *both(level(Level.MANAGE, "200")), NOT_ALLOWED),
    "numbers:states": Row(numbers, level(Level.VIEW, "200"), NOT_ALLOWED, NOT_ALLOWED),
    "numbers:servers": Row(nothing, only(ADMINS, "200"), NOT_ALLOWED, NOT_ALLOWED),
    "numbers:server-add": Row(nothing, *both(only(OWNERS, "200")), NOT_ALLOWED),
    "numbers:server": Row(servers, *both(only(OWNERS, "200")), NOT_ALLOWED),
    "numbers:server-check": Row(servers, NOT_ALLOWED, only(ADMINS, "302 /sessions/servers/")),
}
