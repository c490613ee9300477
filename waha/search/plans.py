"""Finds messages in the database, newest first, by whichever plan is cheap for what is asked.

No one plan is: the word index is instant for a rare word and slow for a common one, whose
matches it must all fetch and sort; reading the newest rows is the other way round. So the newest
rows are read first, within a small budget, and the index is asked when too few of them match.
Whose numbers the reader may see is a condition of every statement here.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections, router

from mercury import words
from mercury.db.keyset import Cursor
from waha.models import WahaMessageText
from waha.search import budget
from waha.search.query import Term
from waha.search.ranking import Skip

logger = logging.getLogger(__name__)

TABLE = "waha_message_texts"
NARROW, WIDE = 2_000, 20_000
"""Rows that the newest-first look may read: always, and when it found something but too little."""

LEAST = 50
MOST_BRANCHES = 100
SECONDS = 0.8
"""What the index, or a look at everything, may take before the newest have to do."""

Row = tuple[int, datetime, int, int]
SQL = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to find, as columns: all that is asked and all that is allowed."""

    sessions: tuple[int, ...]
    chats: tuple[int, ...] | None = None
    terms: tuple[Term, ...] = ()
    senders: tuple[Term, ...] = ()
    sender_chats: tuple[int, ...] = ()
    from_me: bool | None = None
    types: frozenset[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    in_file_name: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found, by its key and time."""

    pk: int
    at: datetime
    chat: int
    session: int

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.at, self.pk)


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of hits, newest first.

    `next` is where the following page begins. `complete` is False when time ran out: everything
    newer than `next` was looked at, what is older was not. `by_rank` when the best come first.
    """

    hits: list[Hit]
    next: Cursor | Skip | None = None
    complete: bool = True
    plan: str = ""
    by_rank: bool = False


def find(wanted: Wanted, *, cursor: Cursor | None = None, size: int = 20) -> Hits:
    """The newest matches before a cursor: 2 statements for what is frequent, at most 5."""
    if not wanted.sessions or wanted.chats == ():
        return Hits([])
    connection = connections[router.db_for_read(WahaMessageText)]
    reader = _Reader(connection, wanted, cursor, size)
    for budget_rows in (NARROW, WIDE):
        found, edge = reader.newest(budget_rows)
        if len(found) > size or edge is None:
            return reader.page(found, "newest")
        if wanted.chats is None and len(found) * WIDE // NARROW <= size:
            break  # as rare as that, it is soon found in the index
    try:
        return reader.page(reader.indexed(SECONDS), "index")
    except budget.OutOfTime:
        logger.info("a search ran out of time")
        return Hits(found, edge, complete=False, plan="cut")


class _Reader:
    """One search on one connection."""

    def __init__(self, connection: Any, wanted: Wanted, cursor: Cursor | None, size: int) -> None:
        self.connection = connection
        self.wanted = wanted
        self.cursor = cursor
        self.size = size
        self.is_mysql = connection.vendor == "mysql"

    def page(self, found: list[Hit], plan: str) -> Hits:
        if len(found) <= self.size:
            return Hits(found, plan=plan)
        shown = found[: self.size]
        return Hits(shown, shown[-1].cursor, plan=plan)

    def newest(self, rows: int) -> tuple[list[Hit], Cursor | None]:
        """Matches among the newest `rows`, and where those end; None when there are no others."""
        branches = self._branches()
        each = max(LEAST, rows // len(branches))
        edges = self._run(_union([self._edge(*branch, each) for branch in branches]))
        edge = max((Cursor(self._moment(at), pk) for pk, at in edges), default=None, key=_order)
        found = self._hits(_union([self._matching(*branch, edge) for branch in branches]))
        return found, edge

    def indexed(self, seconds: float) -> list[Hit]:
        """All matches by the word index; without words, by a look at everything there is."""
        terms = [term for term in self.wanted.terms if not term.negated]
        with budget.seconds(self.connection, seconds) as limited:
            if not terms:
                branches = [self._matching(*branch, None) for branch in self._branches()]
                return self._hits(_union(branches), limited)
            return self._hits(self._by_words(terms), limited)

    def _branches(self) -> list[tuple[str, tuple[int, ...]]]:
        """(column, ids) of the parts that an index gives newest first: numbers, or few chats."""
        chats = self.wanted.chats
        if chats is not None and len(chats) <= MOST_BRANCHES:
            return [("chat_id", (pk,)) for pk in chats]
        sessions = self.wanted.sessions
        if len(sessions) <= MOST_BRANCHES:
            return [("session_id", (pk,)) for pk in sessions]
        return [("session_id", sessions)]

    def _edge(self, column: str, ids: tuple[int, ...], rows: int) -> SQL:
        """The last of the newest `rows` of a branch; read from the index alone."""
        where, params = self._range()
        return (
            f"SELECT id, created_at FROM {TABLE}{self._index(column)} "  # noqa: S608  # our names
            f"WHERE {column} IN ({_ints(ids)}){where} "
            "ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET %s",
            [*params, rows - 1],
        )

    def _matching(self, column: str, ids: tuple[int, ...], edge: Cursor | None) -> SQL:
        where, params = self._range()
        if edge is not None:
            where += " AND created_at >= %s AND (created_at > %s OR id >= %s)"
            params += [self._time(edge.at)] * 2 + [edge.pk]
        conditions, values = self._conditions()
        return (
            f"SELECT id, created_at, chat_id, session_id "  # noqa: S608  # our names
            f"FROM {TABLE}{self._index(column)} "
            f"WHERE {column} IN ({_ints(ids)}){where}{conditions} "
            "ORDER BY created_at DESC, id DESC LIMIT %s",
            [*params, *values, self.size + 1],
        )

    def _by_words(self, terms: Sequence[Term]) -> SQL:
        lookup = [pair for term in terms for pair in self._looked_up(term)]
        where, params = self._range()
        conditions, values = self._conditions()
        if self.is_mysql:
            source, match = TABLE, "MATCH (words) AGAINST (%s IN BOOLEAN MODE)"
            asked = " ".join(f"+{word}{'*' if open_ else ''}" for word, open_ in lookup)
        else:
            source = f"{TABLE}_fts JOIN {TABLE} ON {TABLE}.id = {TABLE}_fts.rowid"
            match = f"{TABLE}_fts MATCH %s"
            asked = " AND ".join(f'"{word}"{"*" if open_ else ""}' for word, open_ in lookup)
            conditions = conditions.replace("INSTR(words", f"INSTR({TABLE}.words")
        return (
            f"SELECT id, created_at, chat_id, session_id FROM {source} "  # noqa: S608  # our names
            f"WHERE {match}{where}{conditions} ORDER BY created_at DESC, id DESC LIMIT %s",
            [asked, *params, *values, self.size + 1],
        )

    def _looked_up(self, term: Term) -> list[tuple[str, bool]]:
        if not self.wanted.in_file_name:
            return term.looked_up
        return [(f"{words.FILE}{words.code(word)}", True) for word in term.words]

    def _range(self) -> SQL:
        """The span of time that is asked for and still to be shown."""
        where, params = "", []
        if self.wanted.since is not None:
            where += " AND created_at >= %s"
            params.append(self._time(self.wanted.since))
        if self.wanted.until is not None:
            where += " AND created_at < %s"
            params.append(self._time(self.wanted.until))
        if self.cursor is not None:
            # The OR form beside the plain range, as in mercury.db.keyset.
            where += " AND created_at <= %s AND (created_at < %s OR id < %s)"
            params += [self._time(self.cursor.at)] * 2 + [self.cursor.pk]
        return where, params

    def _conditions(self) -> SQL:
        """Everything else, the right to see a number first."""
        wanted = self.wanted
        where, params = f" AND session_id IN ({_ints(wanted.sessions)})", []
        if wanted.chats is not None:
            where += f" AND chat_id IN ({_ints(wanted.chats)})"
        if wanted.from_me is not None:
            where += f" AND from_me = {int(wanted.from_me)}"
        if wanted.types is not None:
            where += f" AND type IN ({', '.join(['%s'] * len(wanted.types))})"
            params += sorted(wanted.types)
        for term in wanted.terms:
            found = "= 0" if term.negated else "> 0"
            for needle in self._needles(term):
                where += f" AND INSTR(words, %s) {found}"
                params.append(needle)
        sent, values = self._sent_by()
        return where + sent, params + values

    def _needles(self, term: Term) -> list[str]:
        if self.wanted.in_file_name and not term.negated:
            return [f" {words.FILE}{words.code(word)}" for word in term.words]
        return [term.needle]

    def _sent_by(self) -> SQL:
        """Messages whose sender, or whose chat, goes by a name."""
        if not self.wanted.senders:
            return "", []
        needles = [f" {words.SENDER}{words.code(term.words[0])}" for term in self.wanted.senders]
        named = " AND ".join(["INSTR(words, %s) > 0"] * len(needles))
        chats = self.wanted.sender_chats
        if chats:
            named = f"({named}) OR chat_id IN ({_ints(chats)})"
        return f" AND from_me = 0 AND ({named})", needles

    def _index(self, column: str) -> str:
        if not self.is_mysql:
            return ""
        # Without it MySQL takes the other one for some spans of time, and sorts.
        return f" FORCE INDEX (idx_{TABLE}_{'chat' if column == 'chat_id' else 'session'})"

    def _hits(self, statement: SQL, limited: "budget.Limit | None" = None) -> list[Hit]:
        rows = self._run(statement, limited)
        found = [Hit(pk, self._moment(at), chat, session) for pk, at, chat, session in rows]
        found.sort(key=lambda hit: (hit.at, hit.pk), reverse=True)
        return found[: self.size + 1]

    def _run(self, statement: SQL, limited: "budget.Limit | None" = None) -> list[Any]:
        sql, params = statement
        with self.connection.cursor() as cursor:
            cursor.execute(limited(sql) if limited else sql, params)
            return list(cursor.fetchall())

    def _time(self, at: datetime) -> Any:
        return self.connection.ops.adapt_datetimefield_value(at)

    def _moment(self, value: Any) -> datetime:
        return budget.moment(value)


def _union(parts: list[SQL]) -> SQL:
    if len(parts) == 1:
        return parts[0]
    # Each in brackets of its own: only there may it have an order and an end, on any database.
    sql = " UNION ALL ".join(f"SELECT * FROM ({part}) AS b{n}" for n, (part, _) in enumerate(parts))  # noqa: S608
    return sql, [param for _, params in parts for param in params]


def _ints(ids: Sequence[int]) -> str:
    return ", ".join(str(int(pk)) for pk in ids)


def _order(cursor: Cursor) -> tuple[datetime, int]:
    return cursor.at, cursor.pk
