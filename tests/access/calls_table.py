"""Rows of the matrix: calls, in their list and in the thread of their chat."""

from tests.access.admin_table import ABSENT, nothing
from tests.access.office import Office
from tests.access.rules import NOT_ALLOWED, Case, Row, level, signed_in
from waha.models import Level


def calls(office: Office) -> list[Case]:
    own = [Case(letter, (line.rows["call"].pk,), letter) for letter, line in office.lines.items()]
    return [*own, Case("absent", (ABSENT,))]


def calls_in_chats(office: Office) -> list[Case]:
    """A call in its chat, and every wrong pair of the two."""
    a, b = office.lines["a"], office.lines["b"]
    return [
        Case("a", (a.chat.pk, a.rows["call"].pk), "a"),
        Case("b", (b.chat.pk, b.rows["call"].pk), "b"),
        Case("absent child", (a.chat.pk, ABSENT), "a", exists=False),
        Case("other number's child", (a.chat.pk, b.rows["call"].pk), "a", exists=False),
    ]


CALL_ROWS = {
    "inbox:call-entry": Row(
        calls_in_chats, level(Level.VIEW, "302 /inbox/#/"), NOT_ALLOWED, NOT_ALLOWED
    ),
    "inbox:call-done": Row(calls_in_chats, NOT_ALLOWED, level(Level.REPLY, "302 /inbox/#/")),
    "inbox:call-reopen": Row(calls_in_chats, NOT_ALLOWED, level(Level.REPLY, "302 /inbox/#/")),
    "calls:list": Row(nothing, signed_in("200"), NOT_ALLOWED, NOT_ALLOWED),
    "calls:done": Row(calls, NOT_ALLOWED, level(Level.REPLY, "302 /calls/")),
    "calls:reopen": Row(calls, NOT_ALLOWED, level(Level.REPLY, "302 /calls/")),
    # A caller who has a chat already: nothing is asked of WAHA.
    "calls:write": Row(calls, NOT_ALLOWED, level(Level.REPLY, "302 /inbox/#/")),
}
