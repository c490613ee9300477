"""The journal's pages: what was answered beside what is stored."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.factories import make_session, make_user, share
from tests.waha.inbound.bodies import event_row, text
from waha.inbound import counts, hours
from waha.models import Level, WahaEvent, WahaEventCount, WahaSession

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
LIST = "/sessions/journal/"


@pytest.fixture
def number() -> WahaSession:
    return make_session(title="Sales · Berlin")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def stored(number: WahaSession, count: int, **values: object) -> list[WahaEvent]:
    """Events of the last hour, each counted as it was answered."""
    made = [event_row(number, text(f"RAW{number.pk}{place}", "hi")) for place in range(count)]
    WahaEvent.objects.filter(pk__in=[event.pk for event in made]).update(**values)
    for event in made:
        counts.add(number.pk, event.received_at, stored=True)
    counts.flush()
    return made


@pytest.mark.core
def test_nothing_is_missing_when_all_is_stored(number: WahaSession) -> None:
    stored(number, 3, state="done", processed_at=timezone.now())

    shown = signed_in(number.user).get(LIST).content.decode()

    found = hours.totals(hours.read([number.pk]))[number.pk]
    assert (found.received, found.stored, found.done, found.missing) == (3, 3, 3, 0)
    assert "journal-figures is-bad" not in shown
    assert "received − stored" in shown


@pytest.mark.core
def test_an_answered_event_that_is_not_there_shows(number: WahaSession) -> None:
    WahaEvent.objects.filter(pk=stored(number, 3)[0].pk).delete()

    shown = signed_in(number.user).get(LIST).content.decode()

    assert hours.totals(hours.read([number.pk]))[number.pk].missing == 1
    assert "journal-figures is-bad" in shown


def test_hours_are_told_apart_and_old_ones_left_out(number: WahaSession) -> None:
    now = timezone.now().replace(minute=30)
    for age in (0, 1, 30):
        event = event_row(number, text(f"RAW{age}", "hi"))
        at = now - timedelta(hours=age)
        WahaEvent.objects.filter(pk=event.pk).update(received_at=at)
        counts.add(number.pk, at, stored=True)
    counts.flush()

    found = hours.read([number.pk])[number.pk]

    newest_first = [tally.stored for _hour, tally in sorted(found.items(), reverse=True)]
    assert (len(found), newest_first[:3], sum(newest_first)) == (24, [1, 1, 0], 2)


def test_only_managed_numbers_are_shown(number: WahaSession) -> None:
    user = make_user()
    share(number, user, Level.REPLY)
    share(make_session(title="Mine"), user, Level.MANAGE)

    shown = signed_in(user).get(LIST).content.decode()

    assert ("Mine" in shown, "Sales · Berlin" in shown.partition("<main")[2]) == (True, False)


def test_who_manages_nothing_reads_why_it_is_empty() -> None:
    shown = signed_in(make_user()).get(LIST).content.decode()

    assert "You manage no number" in shown


def test_list_and_fragment_show_the_same(number: WahaSession) -> None:
    client = signed_in(number.user)

    fragment = client.get(LIST, headers=HTMX).content.decode()

    assert fragment.strip() in client.get(LIST).content.decode()


def test_the_list_costs_the_same_however_many_numbers(assert_same_queries: Any) -> None:
    user = make_user()
    client = signed_in(user)

    def grow(count: int) -> None:
        for _ in range(count):
            number = make_session()
            share(number, user, Level.MANAGE)
            stored(number, 1)

    assert_same_queries(lambda: client.get(LIST), grow, many=10, at_most=9)


def test_the_dead_are_shown_and_applied_again(number: WahaSession) -> None:
    first, second = stored(number, 2, state="dead", last_error="It makes no sense.", attempts=5)
    client = signed_in(number.user)
    url = reverse("numbers:journal-number", args=[number.pk])
    replay = reverse("numbers:journal-replay", args=[number.pk])

    shown = client.get(url).content.decode()
    client.post(replay, {"event": first.pk})
    one = WahaEvent.objects.filter(state="new").count()
    client.post(replay)

    second.refresh_from_db()
    assert shown.count("It makes no sense.") == 2
    assert (one, second.state, second.attempts) == (1, "new", 0)


def test_replay_reaches_no_other_number(number: WahaSession) -> None:
    (theirs,) = stored(make_session(), 1, state="dead", last_error="x")
    replay = reverse("numbers:journal-replay", args=[number.pk])

    signed_in(number.user).post(replay, {"event": theirs.pk})
    signed_in(number.user).post(replay)

    theirs.refresh_from_db()
    assert theirs.state == "dead"


def test_a_number_too_long_for_a_key_replays_nothing(number: WahaSession) -> None:
    (dead,) = stored(number, 1, state="dead", last_error="x")
    replay = reverse("numbers:journal-replay", args=[number.pk])

    response = signed_in(number.user).post(replay, {"event": "9" * 5000})

    dead.refresh_from_db()
    assert (response.status_code, dead.state) == (302, "dead")


def test_counts_of_two_processes_add_up(number: WahaSession) -> None:
    at = timezone.now()
    for _ in range(2):
        counts.add(number.pk, at, stored=True)
        counts.add(number.pk, at, stored=False)
        counts.flush()

    row = WahaEventCount.objects.get()
    assert (row.received, row.repeated) == (2, 2)
    assert (row.hour.minute, row.hour.second) == (0, 0)


def test_what_cannot_be_written_is_counted_the_next_time(
    number: WahaSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = counts._write

    def away(*_: object) -> None:
        raise OperationalError(2006, "gone")

    counts.add(number.pk, timezone.now(), stored=True)
    monkeypatch.setattr(counts, "_write", away)
    counts.flush()
    monkeypatch.setattr(counts, "_write", write)
    counts.flush()

    assert WahaEventCount.objects.get().received == 1
