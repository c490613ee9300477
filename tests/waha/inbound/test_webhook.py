"""The contract of the webhook: what is stored, and what each bad request is told."""

import json
import time
from io import BytesIO

import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError, connections
from django.db.backends.utils import CursorWrapper
from django.test import Client

from mercury.db.sensitive import SensitiveData
from tests.waha.inbound import bodies, deliveries
from waha.gateway.signing import sign
from waha.inbound import doors, gate, journal
from waha.inbound.webhook import webhook
from waha.models import EventState, WahaEvent

pytestmark = [pytest.mark.django_db, pytest.mark.core]

KEY = settings.WAHA_HMAC_KEY


def post(client, content, *, session="support", key=KEY, **headers):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return deliveries.post(client, session, raw, key, **headers)


def test_webhook_stores_the_raw_bytes_and_hints_a_drain(client, number, hints):
    raw = b' {"session":"support" ,"event":"message","id":"evt_1","payload":{"a":"\\ud83d"}} '

    response = post(client, raw)

    event = WahaEvent.objects.get()
    assert (response.status_code, response.content) == (200, b"stored\n")
    assert (event.session_id, event.event, event.envelope_id) == (number.pk, "message", "evt_1")
    assert (bytes(event.body), event.state) == (raw, EventState.NEW)
    assert event.request_id == "01m829amkxg4r3y7a"
    assert hints == ["drain"]


def test_webhook_stores_a_retry_once_and_says_200(client, number, hints):
    content = bodies.text("A1")

    answers = [post(client, content) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [answer.content for answer in answers][1:] == [b"stored before\n"] * 2
    assert WahaEvent.objects.count() == 1


def test_webhook_keeps_message_and_message_any_of_one_envelope(client, number):
    content = bodies.text("A1")

    post(client, content)
    post(client, {**content, "event": "message"})

    assert sorted(WahaEvent.objects.values_list("event", flat=True)) == ["message", "message.any"]


def test_webhook_without_envelope_id_tells_bodies_apart_by_digest(client, number):
    first = {**bodies.text("A1"), "id": None}

    for content in (first, first, {**first, "timestamp": 1}):
        post(client, content)

    assert WahaEvent.objects.count() == 2


def test_webhook_of_an_unknown_session_is_404(client, number):
    response = post(client, bodies.text("A1"), session="nobody")

    assert (response.status_code, WahaEvent.objects.count()) == (404, 0)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Webhook-Hmac": ""},
        {"X-Webhook-Hmac": "00" * 64},
        {"X-Webhook-Hmac": "ü"},
        {"X-Webhook-Hmac-Algorithm": "sha256"},
        {"X-Webhook-Hmac-Algorithm": ""},
    ],
)
def test_webhook_with_a_wrong_signature_is_401(client, number, headers):
    response = post(client, bodies.text("A1"), **headers)

    assert (response.status_code, WahaEvent.objects.count()) == (401, 0)


def test_webhook_signed_with_another_key_is_401_before_it_is_parsed(client, number):
    assert post(client, b"{not json", key="another").status_code == 401


def test_webhook_of_a_number_without_key_is_401(client, number, settings):
    settings.WAHA_HMAC_KEY = ""
    number.secret = None
    number.save(update_fields=["secret"])

    assert post(client, bodies.text("A1"), key="").status_code == 401


def test_webhook_takes_the_key_of_the_environment_too(client, number, settings):
    settings.WAHA_HMAC_KEY = "set-where-waha-runs"
    doors.forget()

    assert post(client, bodies.text("A1"), key="set-where-waha-runs").status_code == 200


def test_webhook_takes_two_keys_while_one_is_replaced(client, number):
    number.secret = SensitiveData.objects.seal({"hmac_keys": ["new", KEY]})
    number.save(update_fields=["secret"])

    answers = [post(client, bodies.text(raw), key=key) for raw, key in [("A", "new"), ("B", KEY)]]

    assert [answer.status_code for answer in answers] == [200, 200]


def test_webhook_knows_a_changed_key_after_some_seconds(client, number, monkeypatch):
    post(client, bodies.text("A1"))
    number.secret = SensitiveData.objects.seal({"hmac_keys": ["new"]})
    number.save(update_fields=["secret"])

    before = post(client, bodies.text("A2"), key="new").status_code
    now = time.monotonic()
    monkeypatch.setattr(doors.time, "monotonic", lambda: now + doors.SECONDS)
    after = post(client, bodies.text("A2"), key="new").status_code

    assert (before, after) == (401, 200)


@pytest.mark.parametrize("session", ["other", None, ["support"]])
def test_webhook_with_the_body_of_another_session_is_401(client, number, session):
    response = post(client, {**bodies.text("A1"), "session": session})

    assert (response.status_code, WahaEvent.objects.count()) == (401, 0)


@pytest.mark.parametrize("raw", [b"", b"hello", b"[]", b'{"a": NaN}', b"\xff", b'{"a":' * 10_000])
def test_webhook_that_is_not_json_is_400(client, number, raw):
    assert post(client, raw).status_code == 400


def test_webhook_says_what_is_wrong_with_the_body(client, number):
    assert post(client, b"[]").content == b"The body is JSON but not an object.\n"


def test_webhook_takes_a_body_up_to_the_limit_and_no_larger(client, number):
    limit = settings.WEBHOOK_MAX_BYTES
    content = json.dumps(bodies.text("A1")).encode()

    answers = [post(client, content.ljust(size)).status_code for size in (limit, limit + 1)]

    assert answers == [200, 413]


def test_webhook_refuses_by_the_announced_length_and_lets_the_sender_finish(rf, number):
    request = rf.post("/waha/webhook/support/", b"x" * 100_000, content_type="application/json")
    request.META["CONTENT_LENGTH"] = str(settings.WEBHOOK_MAX_BYTES + 1)

    response = webhook(request, "support")

    assert response.status_code == 413
    assert request.read() == b""
    assert not hasattr(request, "_body")


@pytest.mark.parametrize("length", ["-1", "many", "9" * 30])
def test_webhook_with_a_length_that_is_none_is_413(rf, number, length):
    request = rf.post("/waha/webhook/support/", b"x", content_type="application/json")
    request.META["CONTENT_LENGTH"] = length

    assert webhook(request, "support").status_code == 413


def test_webhook_answers_only_post(client, number):
    assert client.get("/waha/webhook/support/").status_code == 405


def test_webhook_needs_no_csrf_token(number):
    client = Client(enforce_csrf_checks=True)

    assert post(client, bodies.text("A1")).status_code == 200


@pytest.mark.parametrize("error", [OperationalError(2002, "no"), OperationalError(2013, "gone")])
@pytest.mark.parametrize("known", [True, False])
def test_webhook_without_database_is_503_with_retry_after(
    client, number, monkeypatch, hints, error, known
):
    content = bodies.text("A1")
    if known:
        post(client, bodies.text("A0"))
        hints.clear()

    def fail(self, *args, **kwargs):
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(CursorWrapper, "execute", fail)
        broken.setattr(connections["journal"], "close", lambda: None)
        response = post(client, content)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert hints == []


@pytest.mark.parametrize("error", [OperationalError(2006, "gone"), InterfaceError(0, "")])
def test_webhook_reconnects_once_when_the_connection_died(client, number, monkeypatch, error):
    closed = []
    real = journal.insert

    def gone_once(**columns):
        if not closed:
            raise error
        return real(**columns)

    monkeypatch.setattr(journal, "insert", gone_once)
    monkeypatch.setattr(connections["journal"], "close", lambda: closed.append(True))

    response = post(client, bodies.text("A1"))

    assert (response.status_code, closed, WahaEvent.objects.count()) == (200, [True], 1)


def test_webhook_waits_less_than_two_seconds_for_a_database_that_hangs():
    options = settings.DATABASES["journal"]["OPTIONS"]

    waits = [options[name] for name in options if name.endswith("timeout")]

    assert waits
    assert max(waits) <= 1


def test_webhook_costs_one_query_once_its_session_is_known(client, number):
    post(client, bodies.text("A1"))
    connection = connections["journal"]
    connection.force_debug_cursor, before = True, len(connection.queries_log)

    post(client, bodies.text("A2"))

    queries = list(connection.queries_log)[before:]
    connection.force_debug_cursor = False
    assert [query["sql"].split()[0] for query in queries] == ["INSERT"]


@pytest.fixture
def through_gate(monkeypatch):
    """What the gate answers to a signed body at a path, and which paths it passes on."""
    # The connection is the test's own, inside its transaction.
    monkeypatch.setattr(connections["journal"], "close_if_unusable_or_obsolete", lambda: None)
    passed_on = []
    application = gate.gate(lambda environ, start: passed_on.append(environ["PATH_INFO"]) or [])

    def run(path, raw):
        answers = []
        words = application(environ(path, raw), lambda status, headers: answers.append(status))
        return answers, b"".join(words)

    run.passed_on = passed_on
    return run


def test_gate_leads_straight_to_the_webhook(number, through_gate):
    raw = json.dumps(bodies.text("A1")).encode()

    answers = [through_gate("/waha/webhook/support/", raw) for _ in range(2)]

    assert answers == [(["200 OK"], b"stored\n"), (["200 OK"], b"stored before\n")]
    assert bytes(WahaEvent.objects.get().body) == raw
    assert through_gate.passed_on == []


@pytest.mark.parametrize(
    "path", ["/inbox/", "/waha/webhook/", "/waha/webhook/support", "/waha/webhook/a/b/"]
)
def test_gate_passes_everything_else_on(through_gate, path):
    through_gate(path, b"")

    assert through_gate.passed_on == [path]


def test_gate_answers_500_when_something_is_broken(number, through_gate, monkeypatch):
    monkeypatch.setattr(doors, "find", lambda name: 1 / 0)

    (status,), _words = through_gate("/waha/webhook/support/", b"{}")

    assert status == "500 Internal Server Error"


def environ(path, raw):
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(raw)),
        "HTTP_X_WEBHOOK_HMAC": sign(KEY, raw),
        "HTTP_X_WEBHOOK_HMAC_ALGORITHM": "sha512",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(raw),
    }


def test_webhooks_behind_one_that_waited_in_vain_are_told_at_once(client, number, monkeypatch):
    asked = []

    def hang(**event):
        asked.append(event)
        raise OperationalError(2003, "Can't connect to server")

    monkeypatch.setattr(journal, "insert", hang)

    answers = [post(client, bodies.text(raw)) for raw in ("A", "B", "C")]

    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert answers[-1]["Retry-After"] == "5"
    assert len(asked) == 1
