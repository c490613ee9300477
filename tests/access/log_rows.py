"""The audit log and the error log in the matrix."""

from tests.access.admin_table import ABSENT, nothing
from tests.access.office import Office
from tests.access.rules import NOT_ALLOWED, Case, Row, only

READERS = {"owner", "admin", "superuser"}


def errors(office: Office) -> list[Case]:
    found = [Case(letter, (line.rows["errorlog"].pk,)) for letter, line in office.lines.items()]
    return [*found, Case("absent", (ABSENT,), exists=False)]


LOGS = {
    "audit:list": Row(nothing, only(READERS, "200"), NOT_ALLOWED, NOT_ALLOWED),
    "audit:export": Row(nothing, NOT_ALLOWED, only(READERS, "200")),
    "errors:list": Row(nothing, only(READERS, "200"), NOT_ALLOWED, NOT_ALLOWED),
    "errors:detail": Row(errors, only(READERS, "200"), NOT_ALLOWED, NOT_ALLOWED),
    "errors:resolve": Row(errors, NOT_ALLOWED, only(READERS, "302 /errors/")),
    "errors:reopen": Row(errors, NOT_ALLOWED, only(READERS, "302 /errors/#/")),
}
