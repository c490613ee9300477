"""Asks whichever search is set up, and the database where that one does not answer."""

from dataclasses import dataclass

from mercury.db.keyset import Cursor
from waha.search import plans
from waha.search.elastic import finder as elastic
from waha.search.elastic import server
from waha.search.plans import Hits, Wanted
from waha.search.ranking import Skip


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found and by whom; `fell_back` when the search server did not answer."""

    hits: Hits
    backend: str
    fell_back: bool = False


def may_rank() -> bool:
    """Whether the best matches can be had first: the database knows only which are newer."""
    return server.is_set()


def find(
    wanted: Wanted, *, cursor: Cursor | Skip | None = None, size: int = 20, best: bool = False
) -> Answer:
    """The newest matches before a cursor; the best ones if asked and they can be ranked."""
    fell_back = False
    if server.is_set():
        try:
            return Answer(_by_server(wanted, cursor, size, best), "elasticsearch")
        except server.Away:
            fell_back = True
    cursor = None if isinstance(cursor, Skip) else cursor
    return Answer(plans.find(wanted, cursor=cursor, size=size), "database", fell_back)


def _by_server(wanted: Wanted, cursor: Cursor | Skip | None, size: int, best: bool) -> Hits:
    if best:
        skip = cursor if isinstance(cursor, Skip) else Skip()
        return elastic.find_best(wanted, skip=skip, size=size)
    cursor = None if isinstance(cursor, Skip) else cursor
    return elastic.find(wanted, cursor=cursor, size=size)
