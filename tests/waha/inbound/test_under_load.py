"""What only real connections show: drains side by side, and a database that hangs."""

import json
import threading
import time
from copy import deepcopy

import pytest
from django.conf import settings
from django.db import connection, connections
from django.db.utils import load_backend

from tests.waha.inbound import deliveries
from tests.waha.inbound.bodies import event_row, text
from waha.inbound import drain, outage
from waha.models import EventState, WahaChat, WahaEvent, WahaMessage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.core, pytest.mark.slow]

DRAINS, MESSAGES = 3, 120


def test_drains_side_by_side_store_and_count_every_message_once(number, monkeypatch):
    monkeypatch.setattr(drain, "BATCH", 20)
    for index in range(MESSAGES):
        event_row(number, text(f"A{index}", chat=f"4477009001{index % 7:02}@c.us"))
    failures = []

    def work():
        try:
            while WahaEvent.objects.filter(state=EventState.NEW).exists():
                drain.drain_all()
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(DRAINS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert WahaMessage.objects.count() == MESSAGES
    for chat in WahaChat.objects.all():
        numbered = chat.messages.order_by("in_seq").values_list("in_seq", flat=True)
        assert list(numbered) == list(range(1, chat.in_seq + 1))


@pytest.fixture
def journal_alias():
    """The journal's own connection, with its short timeouts, on the test database."""
    outage.forget()
    shared = connections["journal"]
    own = open_like("journal")
    connections["journal"] = own
    yield own
    own.close()
    connections["journal"] = shared
    outage.forget()


def open_like(alias):
    options = deepcopy(settings.DATABASES[alias])
    options = {**connections["default"].settings_dict, "OPTIONS": options["OPTIONS"]}
    return load_backend(options["ENGINE"]).DatabaseWrapper(options, alias)


@pytest.mark.mysql
def test_webhook_is_503_within_two_seconds_when_the_database_hangs(client, number, journal_alias):
    raw = json.dumps(text("A1")).encode()
    blocker = open_like("default")
    with blocker.cursor() as cursor:
        cursor.execute("LOCK TABLES waha_events WRITE")

        started = time.monotonic()
        response = deliveries.post(client, number.name, raw, settings.WAHA_HMAC_KEY)
        waited = time.monotonic() - started
        kept = journal_alias.connection  # the next one would wait a second for its answer

        cursor.execute("UNLOCK TABLES")
    blocker.close()
    outage.forget()  # the second in which the others are told at once has passed
    again = deliveries.post(client, number.name, raw, settings.WAHA_HMAC_KEY)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert (waited < 2, kept) == (True, None)
    assert (again.status_code, WahaEvent.objects.count()) == (200, 1)


@pytest.mark.mysql
def test_webhook_survives_a_connection_that_the_server_closed(client, number, journal_alias):
    first, second = (json.dumps(text(raw)).encode() for raw in ("A1", "A2"))
    deliveries.post(client, number.name, first, settings.WAHA_HMAC_KEY)
    with connection.cursor() as cursor:
        cursor.execute(f"KILL {journal_alias.connection.thread_id()}")

    response = deliveries.post(client, number.name, second, settings.WAHA_HMAC_KEY)

    assert (response.status_code, WahaEvent.objects.count()) == (200, 2)
