"""Elasticsearch as the search: fed by an outbox, asked with the rights inside, done without.

Runs against a strict double; where TEST_ELASTICSEARCH_URL is set, the contract also against it.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from mercury.ops.findings import State
from mercury.ops.health import machine
from tests.waha.search import elastic_double
from tests.waha.search.conftest import NOON, add_chat, said
from tests.waha.search.elastic_double import Cluster
from waha import texts
from waha.lifecycle import removal
from waha.models import WahaChat, WahaMessage, WahaMessageText, WahaSession, WahaTextChange
from waha.search import finder, ranking, scope
from waha.search.elastic import feed, sending, server
from waha.search.plans import Hits
from waha.search.query import parse
from waha.search.ranking import Skip

REAL = os.environ.get("TEST_ELASTICSEARCH_URL", "")


@dataclass
class Elastic:
    """What the tests hold of the server: the double, or None where it is a real one."""

    double: Cluster | None

    def fed(self) -> None:
        feed.feed_due()
        with server.asked() as client:
            client.indices.refresh(index=server.PATTERN)

    @property
    def cluster(self) -> Cluster:
        assert self.double is not None
        return self.double


@pytest.fixture
def double(settings: Any) -> Iterator[Elastic]:
    with elastic_double.running() as (url, cluster):
        settings.ELASTICSEARCH_URL = url
        server.forget()
        yield Elastic(cluster)
        server.forget()


@pytest.fixture(params=["double", "real"])
def elastic(request: pytest.FixtureRequest, settings: Any) -> Iterator[Elastic]:
    if request.param == "double":
        yield request.getfixturevalue("double")
        return
    if not REAL:
        pytest.skip("TEST_ELASTICSEARCH_URL is not set")
    settings.ELASTICSEARCH_URL = REAL
    server.forget()
    with server.asked() as client:
        for name in client.indices.get_alias(index=server.PATTERN):
            client.indices.delete(index=name)
    yield Elastic(None)
    server.forget()


def found(user: User, text: str, **options: Any) -> list[int]:
    answer = finder.find(scope.resolve(user, parse(text)), **options)
    assert answer.backend == "elasticsearch"
    return [hit.pk for hit in answer.hits.hits]


def test_it_finds_what_the_database_finds_and_near_misses(
    elastic: Elastic, chat: WahaChat, olga: User
) -> None:
    invoice = said(chat, "The invoice for order 4711", minutes=2, sender_name="Carla")
    arabic = said(chat, "أرسل لي الفاتورة", minutes=1)
    chinese = said(chat, "请把发票发给我", from_me=True)
    elastic.fed()

    assert found(olga, "invo") == found(olga, '"order 4711"') == [invoice.pk]
    assert found(olga, "invioce") == found(olga, "odrer") == [invoice.pk]
    assert found(olga, '"invioce"') == found(olga, "invoice -4711") == []
    assert found(olga, "الفاتوره") == [arabic.pk]
    assert found(olga, "发票") == found(olga, "from:me 发票") == [chinese.pk]
    assert found(olga, "from:carla") == [arabic.pk, invoice.pk]


def test_pages_follow_each_other(elastic: Elastic, chat: WahaChat, olga: User) -> None:
    rows = [said(chat, "again", minutes=n // 2).pk for n in range(7)]
    elastic.fed()

    first = finder.find(scope.resolve(olga, parse("again")), size=4).hits
    second = finder.find(scope.resolve(olga, parse("again")), size=4, cursor=first.next).hits

    assert sorted(hit.pk for hit in [*first.hits, *second.hits]) == sorted(rows)
    assert (len(first.hits), len(second.hits), second.next) == (4, 3, None)


def best(user: User, text: str, **options: Any) -> Hits:
    return finder.find(scope.resolve(user, parse(text)), best=True, **options).hits


def test_the_best_match_comes_first_when_asked(
    elastic: Elastic, chat: WahaChat, olga: User
) -> None:
    exact = said(chat, "the invoice", minutes=60)
    old = said(chat, "the invoice", at=NOON - timedelta(days=300))
    misspelt = said(chat, "the invioce")
    said(chat, "nothing of the kind")
    elastic.fed()

    ranked = best(olga, "invoice")

    assert [hit.pk for hit in ranked.hits] == [exact.pk, old.pk, misspelt.pk]
    assert (ranked.by_rank, ranked.next) == (True, None)
    assert found(olga, "invoice") == [misspelt.pk, exact.pk, old.pk]


def test_ranked_pages_follow_each_other(elastic: Elastic, chat: WahaChat, olga: User) -> None:
    rows = [said(chat, "again", minutes=n).pk for n in range(7)]
    elastic.fed()

    first = best(olga, "again", size=4)
    second = best(olga, "again", size=4, cursor=Skip.parse(str(first.next)))

    assert [hit.pk for hit in [*first.hits, *second.hits]] == rows
    assert (len(first.hits), second.next) == (4, None)


def test_rank_is_not_deeper_than_people_read(elastic: Elastic, chat: WahaChat, olga: User) -> None:
    for n in range(7):
        said(chat, "again", minutes=n)
    elastic.fed()

    last = best(olga, "again", size=3, cursor=Skip(ranking.MOST - 3))

    assert (last.hits, last.next) == ([], None)
    assert [Skip.parse(text) for text in ("best-500", "best--1", "best-x", "best-٣", "")] == [
        None
    ] * 5


def test_ranked_rights_are_the_same(
    elastic: Elastic, chat: WahaChat, other_number: WahaSession, olga: User, users: dict[str, User]
) -> None:
    said(add_chat(other_number, 1), "merger")
    elastic.fed()

    assert best(olga, "merger").hits == []
    assert best(users["sam"], "merger").hits == []


def test_the_page_offers_the_order_and_keeps_it(
    double: Elastic, chat: WahaChat, desk: Client
) -> None:
    exact, misspelt = said(chat, "invoice", minutes=60), said(chat, "invioce")
    double.fed()

    def page(**params: str) -> str:
        return desk.get("/search/", {"q": "invoice", **params}).content.decode()

    def hits(page: str) -> list[int]:
        return [int(pk) for pk in re.findall(r'id="hit-(\d+)"', page)]

    newest, ranked = page(), page(order="best")
    double.cluster.is_down = True
    away = page(order="best")

    assert (hits(newest), hits(ranked)) == ([misspelt.pk, exact.pk], [exact.pk, misspelt.pk])
    assert re.findall(r'aria-current="true">([\w ]+ (?:first|match))<', newest) == ["newest first"]
    assert re.findall(r'aria-current="true">([\w ]+ (?:first|match))<', ranked) == ["best match"]
    assert 'name="order" value="best"' in ranked
    assert (hits(away), "best match" in away) == ([exact.pk], False)


def test_without_a_server_there_is_no_order_to_choose(chat: WahaChat, desk: Client) -> None:
    rows = [said(chat, "invoice", minutes=n).pk for n in range(2)]

    page = desk.get("/search/", {"q": "invoice", "order": "best"}).content.decode()

    assert [int(pk) for pk in re.findall(r'id="hit-(\d+)"', page)] == rows
    assert ("best match" in page, "newest first" in page) == (False, True)


def test_rights_stand_in_the_query(
    elastic: Elastic, chat: WahaChat, other_number: WahaSession, olga: User, users: dict[str, User]
) -> None:
    said(add_chat(other_number, 1), "merger")
    elastic.fed()

    assert found(olga, "merger") == []
    assert finder.find(scope.resolve(users["sam"], parse("merger"))).hits.hits == []


def test_the_filter_names_the_readers_numbers(double: Elastic, chat: WahaChat, olga: User) -> None:
    said(chat, "word")
    double.fed()

    found(olga, "word")

    query = double.cluster.searches[-1]["query"]["bool"]
    assert query["filter"][0] == {"terms": {"session_id": [chat.session_id]}}


def test_edits_and_deletions_are_followed(elastic: Elastic, chat: WahaChat, olga: User) -> None:
    message, gone = said(chat, "first"), said(chat, "second")
    elastic.fed()

    message.content = "changed"
    message.save()
    texts.rewrite([message])
    removal.remove(WahaMessage.objects.all(), [gone.pk], by=None)
    elastic.fed()

    assert [found(olga, word) for word in ("first", "changed", "second")] == [[], [message.pk], []]
    assert not WahaTextChange.objects.exists()


def test_an_older_change_that_comes_later_is_refused(
    double: Elastic, chat: WahaChat, olga: User
) -> None:
    message = said(chat, "new words")
    double.fed()
    (name,) = double.cluster.indexes

    WahaMessageText.objects.filter(pk=message.pk).update(words=" old ")
    refused = sending.send({message.pk: 0}, [name])

    assert refused == set()
    assert double.cluster.indexes[name].written[str(message.pk)]["words"] == " new words "


def test_what_is_not_taken_is_sent_again(double: Elastic, chat: WahaChat) -> None:
    taken, later = said(chat, "one"), said(chat, "two")
    double.cluster.refuse = {str(later.pk)}

    feed.feed_due()
    waiting = list(WahaTextChange.objects.values_list("text_id", flat=True))
    double.cluster.refuse = set()
    feed.feed_due()

    (index,) = double.cluster.indexes.values()
    assert (waiting, set(index.written)) == ([later.pk], {str(taken.pk), str(later.pk)})


def test_while_it_is_away_the_database_answers_and_says_so(
    double: Elastic, chat: WahaChat, olga: User, desk: Client
) -> None:
    message = said(chat, "needle")
    double.cluster.is_down = True

    feed.feed_due()
    answer = finder.find(scope.resolve(olga, parse("needle")))
    page = desk.get("/search/", {"q": "needle"}).content.decode()
    waiting = WahaTextChange.objects.count()
    double.cluster.is_down = False
    server.forget()
    double.fed()

    assert ([hit.pk for hit in answer.hits.hits], answer.fell_back) == ([message.pk], True)
    assert "The search server does not answer, so the database was asked" in page
    assert (waiting, found(olga, "needle")) == (1, [message.pk])


def test_an_index_is_built_anew_beside_the_old_one(
    double: Elastic, chat: WahaChat, olga: User
) -> None:
    kept, late = said(chat, "kept"), said(chat, "late")
    double.fed()
    (before,) = double.cluster.indexes
    out = StringIO()

    call_command("rebuild_search", "--elasticsearch", stdout=out)
    double.fed()
    (after,) = double.cluster.indexes

    assert before != after
    assert double.cluster.aliases[server.ALIAS] == {after}
    assert found(olga, "kept") + found(olga, "late") == [kept.pk, late.pk]
    assert out.getvalue().endswith("Elasticsearch has 2 messages.\n")


def test_health_says_whether_it_answers(double: Elastic, chat: WahaChat) -> None:
    said(chat, "word")
    double.fed()
    there = machine.search_server()
    double.cluster.is_down = True
    away = machine.search_server()

    assert (there.state, away.state) == (State.OK, State.WARNING)


def test_without_a_server_nothing_is_noted(chat: WahaChat, settings: Any) -> None:
    settings.ELASTICSEARCH_URL = ""

    said(chat, "word")

    assert (WahaTextChange.objects.count(), feed.feed_due()) == (0, 0)
