"""Asks whichever search is set up, and the database where that one does not answer."""

from dataclasses import dataclass

from mercury.db.keyset import Cursor
from waha.search import plans
from waha.search.elastic import finder as elastic
from waha.search.elastic import server
from waha.search.plans import Hits, Wanted


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found and by whom; `fell_back` when the search server did not answer."""

    hits: Hits
    backend: str
    fell_back: bool = False


def find(wanted: Wanted, *, cursor: Cursor | None = None, size: int = 20) -> Answer:
    """The newest matches before a cursor."""
    fell_back = False
    if server.is_set():
        try:
            return Answer(elastic.find(wanted, cursor=cursor, size=size), "elasticsearch")
        except server.Away:
            fell_back = True
    return Answer(plans.find(wanted, cursor=cursor, size=size), "database", fell_back)
