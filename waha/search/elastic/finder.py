"""A search as Elasticsearch's query: rights as a filter, words with endings and typing mistakes."""

from typing import Any

from django.utils import timezone

from mercury import words
from mercury.db.keyset import EPOCH, MICROSECOND, Cursor
from waha.search.elastic import server
from waha.search.elastic.documents import LANGUAGES, microseconds
from waha.search.plans import Hit, Hits, Wanted
from waha.search.query import Term
from waha.search.ranking import MOST, Skip

Clause = dict[str, Any]
FIELDS = ["said", "said.cjk", *(f"said.{name}" for name in LANGUAGES)]
TIME = "800ms"
EXACT = 5
"""What a message that says just what was typed is worth besides."""

FADES = 30 * 24 * 3600 * 1_000_000  # microseconds
"""The age at which half of the preference for what is new is gone."""


def find(wanted: Wanted, *, cursor: Cursor | None = None, size: int = 20) -> Hits:
    """The newest matches before a cursor; one request. Raises Away."""
    after = {"search_after": [microseconds(cursor.at), cursor.pk]} if cursor else {}
    answer = _asked(wanted, query_of(wanted), [{"at": "desc"}, {"id": "desc"}], size, **after)
    found = [_hit(each["_source"]) for each in answer["hits"]["hits"]]
    following = found[size - 1].cursor if len(found) > size else None
    return Hits(found[:size], following, complete=not answer["timed_out"], plan="elasticsearch")


def find_best(wanted: Wanted, *, skip: Skip, size: int = 20) -> Hits:
    """The best matches after those already shown; one request. Raises Away.

    What was typed exactly counts most, then how rare the words are and how short the message is;
    among equals the newer, and what was said this month half as much again.
    """
    order = [{"_score": "desc"}, {"at": "desc"}, {"id": "desc"}]
    more = {"from_": skip.rows} if skip.rows else {}
    answer = _asked(wanted, _ranked(query_of(wanted)), order, size, **more)
    found = [_hit(each["_source"]) for each in answer["hits"]["hits"]]
    shown = skip.rows + size
    following = Skip(shown) if len(found) > size and shown < MOST else None
    return Hits(
        found[:size], following, not answer["timed_out"], plan="elasticsearch", by_rank=True
    )


def _asked(
    wanted: Wanted, query: Clause, order: list[dict[str, str]], size: int, **more: Any
) -> Any:
    if not wanted.sessions or wanted.chats == ():
        return {"hits": {"hits": []}, "timed_out": False}
    with server.asked(by_page=True) as client:
        return client.search(
            index=server.ALIAS,
            query=query,
            sort=order,
            size=size + 1,
            source=["id", "at", "chat_id", "session_id"],
            track_total_hits=False,
            timeout=TIME,
            **more,
        )


def _ranked(query: Clause) -> Clause:
    """The query with what is new preferred: from one and a half times today down to once."""
    recent = {"at": {"origin": microseconds(timezone.now()), "scale": FADES, "decay": 0.5}}
    return {
        "function_score": {
            "query": query,
            "functions": [{"weight": 1}, {"gauss": recent, "weight": 0.5}],
            "score_mode": "sum",
            "boost_mode": "multiply",
        }
    }


def query_of(wanted: Wanted) -> Clause:
    """The query; the numbers that the reader may see stand in its filter."""
    must = [_term(term, wanted) for term in wanted.terms if not term.negated]
    must_not = [_exactly(term) for term in wanted.terms if term.negated]
    return {"bool": {"filter": _filters(wanted), "must": must, "must_not": must_not}}


def _filters(wanted: Wanted) -> list[Clause]:
    filters: list[Clause] = [{"terms": {"session_id": list(wanted.sessions)}}]
    if wanted.chats is not None:
        filters.append({"terms": {"chat_id": list(wanted.chats)}})
    if wanted.from_me is not None:
        filters.append({"term": {"from_me": wanted.from_me}})
    if wanted.types is not None:
        filters.append({"terms": {"type": sorted(wanted.types)}})
    span = {}
    if wanted.since is not None:
        span["gte"] = microseconds(wanted.since)
    if wanted.until is not None:
        span["lt"] = microseconds(wanted.until)
    if span:
        filters.append({"range": {"at": span}})
    if wanted.senders:
        filters += _sent_by(wanted)
    return filters


def _sent_by(wanted: Wanted) -> list[Clause]:
    names = [
        {"prefix": {"words": {"value": f"{words.SENDER}{words.code(term.words[0])}"}}}
        for term in wanted.senders
    ]
    chats = {"terms": {"chat_id": list(wanted.sender_chats)}}
    either = {"bool": {"should": [{"bool": {"filter": names}}, chats], "minimum_should_match": 1}}
    return [{"term": {"from_me": False}}, either]


def _term(term: Term, wanted: Wanted) -> Clause:
    """What the database would find, and for words that are not quoted what is nearly that."""
    if wanted.in_file_name:
        names = [f"{words.FILE}{words.code(word)}" for word in term.words]
        return {"bool": {"filter": [{"prefix": {"words": {"value": name}}} for name in names]}}
    if term.exact:
        return _exactly(term)
    near = {
        "multi_match": {
            "query": " ".join(term.words), "fields": FIELDS, "operator": "and",
            "fuzziness": "AUTO", "prefix_length": 1,
        }
    }  # fmt: skip
    exact = {"constant_score": {"filter": _exactly(term), "boost": EXACT}}
    return {"bool": {"should": [exact, near], "minimum_should_match": 1}}


def _exactly(term: Term) -> Clause:
    """The same as the database: coded words side by side, the last may go on."""
    coded = term.needle.split()
    if term.exact:
        return {"match_phrase": {"words": {"query": " ".join(coded)}}}
    if len(coded) == 1:
        return {"prefix": {"words": {"value": coded[0]}}}
    return {"match_phrase_prefix": {"words": {"query": " ".join(coded), "max_expansions": 1000}}}


def _hit(source: dict[str, Any]) -> Hit:
    at = EPOCH + int(source["at"]) * MICROSECOND
    return Hit(int(source["id"]), at, int(source["chat_id"]), int(source["session_id"]))
