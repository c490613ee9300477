"""The pages of /ops/: who gets in, what they say, and what they cost."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import access_cache
from accounts.models import User
from mercury.ops.health import marks, samples
from mercury.ops.models import HealthSample, SlowQuery, TableSize
from tests.factories import make_chat, make_message, make_session, make_user, share

pytestmark = pytest.mark.django_db
PAGES = ["index", "statements", "indexes", "sizes", "reports"]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ops(client: Client) -> User:
    """An Admin, signed in."""
    user = make_user(role="Admin", is_staff=True)
    client.force_login(user)
    return user


def text(response: Any) -> str:
    """The words of a page, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.mark.core
@pytest.mark.parametrize("name", PAGES)
def test_pages_open_to_the_permission_alone(client: Client, ops: User, name: str) -> None:
    url = reverse(f"ops:{name}")
    allowed = client.get(url).status_code
    client.force_login(make_user(role="Manager", is_staff=True))

    assert (allowed, client.get(url).status_code) == (200, 403)


def test_rail_leads_only_those_there_who_may(client: Client, ops: User) -> None:
    link = f'href="{reverse("ops:index")}"'
    seen = link in client.get("/calls/").content.decode()
    client.force_login(make_user(role="Agent"))

    assert (seen, link in client.get("/calls/").content.decode()) == (True, False)


def test_overview_says_what_is_broken_first_and_where_to_mend_it(client: Client, ops: User) -> None:
    page = text(client.get(reverse("ops:index")))

    assert "2 things are broken." in page
    assert page.index("has not reported yet") < page.index("What is well")
    assert "Start exactly one celery -A mercury beat (docker compose: beat)." in page


@pytest.mark.core
def test_overview_is_well_when_everything_is(client: Client, ops: User) -> None:
    for name in (marks.WORKER, marks.DRAIN, marks.SCHEDULE):
        marks.report(name)

    assert "All is well." in text(client.get(reverse("ops:index")))


def test_overview_swaps_the_fragment_that_its_page_includes(client: Client, ops: User) -> None:
    whole = client.get(reverse("ops:index")).content.decode()
    part = client.get(reverse("ops:index"), headers=HTMX).content.decode()

    titles = re.findall(r"<h3>(.*?)</h3>", part)
    assert len(titles) == 16
    assert re.findall(r"<h3>(.*?)</h3>", whole) == titles
    assert "<html" not in part


def test_links_into_the_administration_are_for_staff(client: Client, ops: User) -> None:
    make_session()  # whose server has never answered
    link = reverse("admin:waha_wahaserver_changelist")
    seen = link in client.get(reverse("ops:index")).content.decode()
    ops.is_staff = False
    ops.save()

    assert (seen, link in client.get(reverse("ops:index")).content.decode()) == (True, False)


def test_overview_tells_the_cache_hit_rate(client: Client, ops: User) -> None:
    cache.set_many({access_cache.HITS: 999, access_cache.MISSES: 1})

    page = text(client.get(reverse("ops:index")))

    assert "99 % of the questions about who may do what were answered without the data" in page


def sample(minutes_ago: float, **figures: float) -> HealthSample:
    return HealthSample.objects.create(
        at=timezone.now() - timedelta(minutes=minutes_ago),
        state="ok",
        figures={name.replace("__", "."): number for name, number in figures.items()},
    )


def test_the_last_day_is_drawn_with_a_table_beside_each_chart(client: Client, ops: User) -> None:
    for minutes in (70, 65, 30, 25):  # nobody looked between 65 and 30
        sample(minutes, query_performance__milliseconds=minutes, incoming_events__seconds=4)

    html = client.get(reverse("ops:index")).content.decode()

    assert html.count('<figure class="ops-chart">') == 2
    first = html.split('<figure class="ops-chart">')[1].split("</figure>")[0]
    assert first.count("<polyline") == 2
    assert "Looking up a row: 25 ms now, at most 70 ms during the day" in first
    assert first.count("<tr><td>") in {1, 2}
    assert html.count('<rect class="ops-band-ok"') == 4


def test_without_samples_the_page_says_when_they_come(client: Client, ops: User) -> None:
    assert "Nothing was written down yet." in text(client.get(reverse("ops:index")))


@pytest.mark.core
def test_statements_show_what_was_captured_without_values(client: Client, ops: User) -> None:
    SlowQuery.objects.create(
        digest="d", statement="SELECT * FROM t WHERE a = %s", place="inbox:chat",
        count=4, total_ms=4000, max_ms=1900,
    )  # fmt: skip

    page = text(client.get(reverse("ops:statements")))

    assert "SELECT * FROM t WHERE a = %s" in page
    assert "1,000.0 ms 1,900.0 ms 4,000 ms inbox:chat" in page
    assert page.index("Reads t") < page.index("SELECT * FROM t")


def test_reports_speak_of_visible_numbers_alone(client: Client, ops: User) -> None:
    mine, other = make_session(title="Sales"), make_session(title="Secret line")
    share(mine, ops)
    for number, words in ((mine, "Good morning"), (other, "Hush")):
        make_message(make_chat(session=number, name=f"Guest of {number}"), words)

    page = text(client.get(reverse("ops:reports")))

    assert re.search(r"Guest of Sales \S+ \S+ [ap]\.m\. Sales Good morning", page)
    assert "Secret line" not in page
    assert "Hush" not in page


def test_reports_count_the_messages_of_a_number(client: Client, ops: User) -> None:
    number = make_session(title="Sales", owner=ops)
    chat = make_chat(session=number)
    for minutes in (3, 2, 1):
        make_message(chat, at=timezone.now() - timedelta(minutes=minutes))

    page = text(client.get(reverse("ops:reports")))

    assert f"Sales {ops.name} 3 " in page


def test_reports_go_on_with_a_fragment(client: Client, ops: User, monkeypatch: Any) -> None:
    monkeypatch.setattr("mercury.ops.monitoring.reports.PAGE", 2)
    chat = make_chat(session=make_session(owner=ops))
    for number in range(3):
        make_message(chat, f"line {number}", at=timezone.now() - timedelta(minutes=9 - number))
    whole = client.get(reverse("ops:reports")).content.decode()
    [more] = re.findall(r'hx-get="([^"]+before=[^"]+)"', whole)

    part = client.get(more, headers=HTMX).content.decode()

    assert "line 1" in whole
    assert "line 0" not in whole
    assert "line 0" in part
    assert "<html" not in part


@pytest.mark.core
def test_index_costs_the_same_whatever_there_is(
    client: Client, ops: User, assert_same_queries: Callable[..., None]
) -> None:
    def grow(number: int) -> None:
        for index in range(number):
            make_session(server=None)
            sample(index, query_performance__milliseconds=1)

    assert_same_queries(lambda: client.get(reverse("ops:index")), grow, few=1, many=6)


def test_statements_cost_the_same_whatever_there_is(
    client: Client, ops: User, assert_same_queries: Callable[..., None]
) -> None:
    numbers = iter(range(1000))

    def grow(number: int) -> None:
        for _ in range(number):
            SlowQuery.objects.create(digest=str(next(numbers)), statement="SELECT", count=1)

    assert_same_queries(lambda: client.get(reverse("ops:statements")), grow, at_most=15)


def test_sizes_cost_the_same_whatever_there_is(
    client: Client, ops: User, assert_same_queries: Callable[..., None]
) -> None:
    numbers = iter(range(1000))
    days = [timezone.now().date(), timezone.now().date() - timedelta(days=3)]

    def grow(number: int) -> None:
        for _ in range(number):
            place = f"table_{next(numbers)}"
            for day in days:
                TableSize.objects.create(day=day, place=place)

    assert_same_queries(lambda: client.get(reverse("ops:sizes")), grow, at_most=15)


def test_reports_cost_the_same_whatever_there_is(
    client: Client, ops: User, assert_same_queries: Callable[..., None]
) -> None:
    def grow(number: int) -> None:
        session = make_session(owner=ops)
        for _ in range(number):
            make_message(make_chat(session=session))

    assert_same_queries(lambda: client.get(reverse("ops:reports")), grow, at_most=12)


@pytest.mark.core
def test_a_sample_is_taken_when_it_is_time_or_something_changed() -> None:
    first = samples.take()
    again = samples.take()
    marks.report(marks.SCHEDULE)
    changed = samples.take()
    HealthSample.objects.update(at=timezone.now() - timedelta(minutes=5))
    later = samples.take()

    assert (first is None, again, changed is None, later is None) == (False, None, False, False)
    assert first.state == "broken"
    assert first.figures["connection.milliseconds"] > 0
    assert changed.states["schedule"] == "ok"


def test_samples_and_slow_statements_are_kept_for_a_month() -> None:
    old = timezone.now() - timedelta(days=32)
    HealthSample.objects.create(at=old, state="ok")
    SlowQuery.objects.create(digest="old", statement="SELECT", last_seen_at=old)

    samples.take()

    assert HealthSample.objects.filter(at__lte=old).count() == 0
    assert SlowQuery.objects.count() == 0
