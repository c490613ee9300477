"""The queue of a number: what waits, in which order, and who may stop it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditLog
from tests.factories import make_chat, make_session, make_user, share
from waha.models import (
    Level,
    SessionStatus,
    WahaMessage,
    WahaOutbox,
    WahaPace,
    WahaScheduled,
    WahaSession,
)
from waha.outbound import breaker, outbox, scheduled

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def number() -> WahaSession:
    return make_session(title="Sales · Berlin", status=SessionStatus.WORKING)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def with_level(number: WahaSession, level: Level) -> Client:
    user = make_user()
    share(number, user, level)
    return signed_in(user)


def write(number: WahaSession, *texts: str) -> list[WahaOutbox]:
    """Queue one text for a chat each."""
    made = []
    for text in texts:
        chat = make_chat(session=number, name=f"Customer of {text}")
        message = outbox.send_text(chat=chat, body=text, by=number.user, client_token=text)
        made.append(WahaOutbox.objects.get(message_id=message.pk))
    return made


def page(client: Client, number: WahaSession, **options: Any) -> str:
    return client.get(reverse("numbers:queue", args=[number.pk]), **options).content.decode()


def test_a_start_too_long_for_a_key_is_none(number: WahaSession) -> None:
    browser = with_level(number, Level.VIEW)

    response = browser.get(f"{reverse('numbers:queue', args=[number.pk])}?after={'9' * 5000}")

    assert response.status_code == 200


def test_what_waits_stands_in_its_order(number: WahaSession) -> None:
    write(number, "first", "second")

    shown = page(with_level(number, Level.VIEW), number)

    assert shown.index("Customer of first") < shown.index("Customer of second")
    assert [f'<td class="num">{place}</td>' in shown for place in (1, 2, 3)] == [True, True, False]
    assert "Cancel" not in shown.partition("<main")[2]


def test_page_and_fragment_show_the_same(number: WahaSession) -> None:
    write(number, "first")
    client = with_level(number, Level.VIEW)

    fragment = page(client, number, headers=HTMX)

    assert fragment.strip() in page(client, number)


def test_a_message_that_is_held_says_why_and_until_when(number: WahaSession) -> None:
    (row,) = write(number, "first")
    WahaOutbox.objects.filter(pk=row.pk).update(
        due_at=timezone.now() + timedelta(hours=2), last_error="Too many strangers today."
    )

    shown = page(with_level(number, Level.REPLY), number)

    assert "not before" in shown
    assert "Too many strangers today." in shown


def test_long_queues_come_in_pages(number: WahaSession) -> None:
    rows = write(number, *(f"text {place}" for place in range(52)))
    client = with_level(number, Level.VIEW)

    first = page(client, number)
    second = page(client, number, data={"after": rows[49].pk})

    assert (f"?after={rows[49].pk}" in first, "Customer of text 50" in first) == (True, False)
    assert '<td class="num">51</td>' in second
    assert 'hx-trigger="every 3s"' not in second


def test_the_queue_costs_the_same_however_long(
    number: WahaSession, assert_same_queries: Any
) -> None:
    client = with_level(number, Level.MANAGE)
    grown = iter(range(1000))

    def grow(count: int) -> None:
        for place in [next(grown) for _ in range(count)]:
            (row,) = write(number, f"text {place}")
            scheduled.schedule(
                chat=row.chat, body="later", by=number.user, client_token=f"s{place}",
                send_at=timezone.now() + timedelta(hours=1),
            )  # fmt: skip

    assert_same_queries(lambda: page(client, number), grow, at_most=14)


@pytest.mark.core
def test_cancelled_it_leaves_queue_and_chat(number: WahaSession) -> None:
    first, second = write(number, "first", "second")
    url = reverse("numbers:queue-cancel", args=[number.pk, first.pk])

    with_level(number, Level.REPLY).post(url)

    first.refresh_from_db()
    assert first.state == "discarded"
    assert list(WahaMessage.objects.values_list("pk", flat=True)) == [second.message_id]


def test_who_may_only_look_cancels_nothing(number: WahaSession) -> None:
    (row,) = write(number, "first")
    url = reverse("numbers:queue-cancel", args=[number.pk, row.pk])

    answer = with_level(number, Level.VIEW).post(url)

    row.refresh_from_db()
    assert (answer.status_code, row.state) == (403, "queued")


def test_managers_pause_and_let_it_go_on(number: WahaSession) -> None:
    client = signed_in(number.user)

    client.post(reverse("numbers:queue-pause", args=[number.pk]))
    paused = page(client, number)
    client.post(reverse("numbers:queue-go-on", args=[number.pk]))

    assert f"Sending is paused by {number.user.name}" in paused
    assert reverse("numbers:queue-go-on", args=[number.pk]) in paused
    assert WahaPace.objects.get(pk=number.pk).paused_at is None


def test_managers_set_the_pace(number: WahaSession) -> None:
    url = reverse("numbers:queue-pace", args=[number.pk])
    values = {"gap_seconds": "2.5", "cold_gap_seconds": "60", "cold_a_day": "10"}

    signed_in(number.user).post(url, values)

    pace = WahaPace.objects.get(pk=number.pk)
    entry = AuditLog.objects.get(event="session.pace_changed")
    assert (pace.typing, pace.gap_ms, pace.cold_gap_seconds, pace.cold_a_day) == (
        False, 2500, 60, 10,
    )  # fmt: skip
    assert (entry.actor_id, entry.new_values["gap_ms"]) == (number.user.pk, 2500)


def test_a_pace_that_makes_no_sense_is_given_back(number: WahaSession) -> None:
    url = reverse("numbers:queue-pace", args=[number.pk])

    answer = signed_in(number.user).post(url, {"gap_seconds": "-1"})

    assert (answer.status_code, WahaPace.objects.exists()) == (200, False)
    assert '<details class="panel queue-pace" open>' in answer.content.decode()


def test_a_server_that_is_away_and_a_lock_are_told(number: WahaSession) -> None:
    until = timezone.now() + timedelta(hours=3)
    WahaPace.objects.create(session=number, locked_until=until)
    for _ in range(breaker.FAILURES):
        breaker.failed(number.server_id)

    shown = page(with_level(number, Level.VIEW), number)

    assert "Its WAHA server does not answer." in shown
    assert "WhatsApp does not let this number write to new people until about" in shown


def test_what_is_for_later_stands_below_and_can_be_called_off(number: WahaSession) -> None:
    planned = scheduled.schedule(
        chat=make_chat(session=number), body="Happy birthday", by=number.user, client_token="s1",
        send_at=timezone.now() + timedelta(days=1), unless_written=True,
    )  # fmt: skip
    client = with_level(number, Level.REPLY)

    shown = page(client, number)
    client.post(reverse("numbers:planned-cancel", args=[number.pk, planned.pk]))

    assert "Happy birthday" in shown
    assert "unless the customer writes first" in shown
    assert WahaScheduled.objects.get().state == "cancelled"
