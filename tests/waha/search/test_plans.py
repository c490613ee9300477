"""The database finds the same messages by every plan, newest first, and in allowed numbers only."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from tests.waha.search.conftest import NOON, add_chat, said
from waha.models import WahaChat, WahaSession
from waha.search import budget, plans
from waha.search.plans import Hits
from waha.search.query import Term

Find = Callable[..., Hits]

CORPUS = [
    "The invoice for order 4711 is ready",
    "please send the café menu",
    "ok the",
    "أرسل لي الفاتورة من فضلك",
    "שלום, איפה המשלוח?",
    "请把发票发给我",
    "東京タワーで会いましょう",
    "ส่งใบแจ้งหนี้ให้ฉันหน่อย",
    "invoices are late, invoice him",
    "50% off_now \\ 'quoted' \"double\"",
]
QUESTIONS = {
    "invoice": [8, 0],
    "inv": [8, 0],
    '"invoice"': [8, 0],
    '"invoices"': [8],
    "CAFE": [1],
    "الفاتوره": [3],
    "فاتورة": [3],
    "שלומ": [4],
    "发票": [5],
    "票": [5],
    "把发票": [5],
    "タワー": [6],
    "ใบแจ้ง": [7],
    "the": [2, 1, 0],
    "ok": [2],
    "o": [9, 2, 0],
    '"order 4711"': [0],
    '"4711 order"': [],
    "order -ready": [],
    "invoice -ready": [8],
    '-"for order" invoice': [8],
    "4711": [0],
    "off now": [9],
    "nothing": [],
}


@pytest.fixture
def corpus(transactional_db: None, chat: WahaChat) -> list[int]:
    """Ids of the corpus; transactional, for a word index knows what is committed."""
    return [said(chat, text, minutes=-n).pk for n, text in enumerate(CORPUS)]


@pytest.fixture(params=["newest", "index"])
def plan(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each plan in turn: with no rows to read first, the index has to answer."""
    if request.param == "index":
        monkeypatch.setattr(plans, "NARROW", 1)
        monkeypatch.setattr(plans, "WIDE", 1)
        monkeypatch.setattr(plans, "LEAST", 1)
    return str(request.param)


@pytest.mark.slow
def test_every_plan_finds_the_same(corpus: list[int], find: Find, plan: str) -> None:
    found = {text: [corpus.index(hit.pk) for hit in find(text, size=9).hits] for text in QUESTIONS}

    assert found == QUESTIONS
    assert find("invoice").plan == plan


@pytest.mark.slow
def test_pages_meet_without_gap_or_double(
    transactional_db: None, chat: WahaChat, find: Find, plan: str
) -> None:
    wanted = [said(chat, "again and again", minutes=n // 3).pk for n in range(25)]

    seen: list[int] = []
    cursor = None
    for _ in range(6):
        page = find("again", size=5, cursor=cursor)
        seen += [hit.pk for hit in page.hits]
        cursor = page.next
        if cursor is None:
            break

    assert sorted(seen) == sorted(wanted)
    assert len(seen) == 25


def test_other_numbers_are_never_found(
    chat: WahaChat, other_number: WahaSession, find: Find, number: WahaSession
) -> None:
    secret = said(add_chat(other_number, 1), "merger")

    assert find("merger").hits == []
    assert find("merger", sessions=()).hits == []
    assert find("", sessions=(number.pk,), chats=(secret.chat_id,)).hits == []
    assert [hit.pk for hit in find("merger", sessions=(other_number.pk,)).hits] == [secret.pk]


@pytest.mark.parametrize("names", ["Anna", "ann lee"])
def test_senders_are_found_by_their_own_name_or_the_chats(
    names: str, number: WahaSession, find: Find
) -> None:
    group, direct = add_chat(number, 1), add_chat(number, 2)
    in_group = said(group, "hello", sender_name="Anna Lee", minutes=1)
    in_direct = said(direct, "hello", minutes=2)
    said(direct, "hello", from_me=True)
    said(group, "hello Anna Lee", sender_name="Bert")

    terms = tuple(Term((word,)) for word in names.lower().split())
    found = find("hello", senders=terms, sender_chats=(direct.pk,))

    assert [hit.pk for hit in found.hits] == [in_group.pk, in_direct.pk]


def test_many_numbers_are_read_newest_first(
    number: WahaSession, second_number: WahaSession, find: Find
) -> None:
    chats = [add_chat(number, 1), add_chat(second_number, 2)]
    said_in_turn = [said(chats[n % 2], f"turn {n}", minutes=n).pk for n in range(8)]

    found = find("turn", sessions=(number.pk, second_number.pk), size=5)

    assert [hit.pk for hit in found.hits] == said_in_turn[:5]


def test_time_that_runs_out_leaves_the_newest_and_says_so(
    chat: WahaChat, find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = said(chat, "needle")
    said(chat, "hay", minutes=1)
    said(chat, "needle", minutes=2)
    monkeypatch.setattr(plans, "NARROW", 1)
    monkeypatch.setattr(plans, "WIDE", 1)
    monkeypatch.setattr(plans, "LEAST", 1)

    def too_slow(self: object, seconds: float) -> None:
        raise budget.OutOfTime

    monkeypatch.setattr(plans._Reader, "indexed", too_slow)

    cut = find("needle")
    further = find("needle", cursor=cut.next)

    assert ([hit.pk for hit in cut.hits], cut.complete) == ([newest.pk], False)
    assert further.hits == []
    assert further.next is not None
    assert cut.next is not None
    assert further.next.at < cut.next.at


@pytest.mark.slow
def test_a_slow_statement_is_ended_by_the_server(transactional_db: None) -> None:
    slow = {
        "mysql": "SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, "
        "information_schema.columns c WHERE a.column_name < b.table_name",
        "sqlite": "SELECT COUNT(*) FROM (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL "
        "SELECT x + 1 FROM n LIMIT 500000000) SELECT x FROM n)",
    }[connection.vendor]

    def run() -> None:
        with budget.seconds(connection, 0.05) as limited, connection.cursor() as cursor:
            cursor.execute(limited(slow))
            cursor.fetchall()

    with pytest.raises(budget.OutOfTime):
        run()

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_a_span_of_time_is_kept(chat: WahaChat, find: Find) -> None:
    texts = [said(chat, "day", at=NOON - timedelta(days=n)) for n in range(4)]

    found = find("day", since=NOON - timedelta(days=2), until=NOON)

    assert [hit.pk for hit in found.hits] == [texts[1].pk, texts[2].pk]


def test_without_words_everything_that_fits_is_found(chat: WahaChat, find: Find) -> None:
    said(chat, "a text")
    picture = said(chat, "", type="image", minutes=5)

    assert [hit.pk for hit in find("", types=frozenset({"image"})).hits] == [picture.pk]


@pytest.mark.parametrize("many", [1, 30])
def test_statements_do_not_grow(
    chat: WahaChat, find: Find, many: int, django_assert_num_queries: Callable[..., object]
) -> None:
    for n in range(many):
        said(chat, "word", minutes=n)

    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        find("word")
