"""Errors are written down whatever happens around them, and never get in the way."""

import logging
import sys
import threading
import types
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.urls import path

from accounts.models import User
from audit import alerts, error_handler, error_reports, error_store, sentry
from audit.context import Origin, acting
from audit.error_handler import ErrorLogHandler
from audit.models import AuditLog, ErrorLog
from audit.plain import explain
from mercury import urls
from tests import factories

logger = logging.getLogger("tests.errors")
CANARIES = [
    "only-for-tests-only-for-tests-only-for-tests-only-for-tests",  # SECRET_KEY
    "test-api-key",
    "test-hmac-key",
    "hunter22hunter22",
    "sk_live_4f9a8b7c6d5e4f3a2b1c0d9e",
    "+447700900123",
    "447700900456@c.us",
    "amira@example.com",
    "sessionid=9f8e7d6c5b4a",
    "s3cr3t-pw",
    "Meet me at the harbour at nine",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
]


def fail(words: str = "boom") -> None:
    """Log an exception as the product does."""
    try:
        raise ValueError(words)
    except ValueError:
        logger.exception("it went wrong")


def report(words: str = "boom", kind: type[Exception] = ValueError) -> error_reports.Report:
    """A report as the handler makes it."""
    try:
        raise kind(words)
    except kind:
        record = logger.makeRecord(
            logger.name, logging.ERROR, __file__, 1, "it went wrong", (), sys.exc_info()
        )
    return error_reports.of(record)


@pytest.mark.core
@pytest.mark.django_db(transaction=True)
def test_an_error_stays_when_its_transaction_is_rolled_back(handler: ErrorLogHandler) -> None:
    with transaction.atomic():
        factories.make_user(name="Olga")
        fail()
        transaction.set_rollback(True)

    handler.flush()
    error = ErrorLog.objects.get()
    assert not User.objects.get_queryset().filter(name="Olga").exists()
    assert (error.level, error.kind, error.message, error.count) == (
        "ERROR", "ValueError", "ValueError: boom", 1,
    )  # fmt: skip
    assert error.extra["trace"].endswith("ValueError: boom")
    assert "tests/audit/test_errors.py" in error.extra["trace"]


@pytest.mark.core
@pytest.mark.django_db(transaction=True)
def test_a_storm_is_one_row_with_its_count(handler: ErrorLogHandler) -> None:
    def storm() -> None:
        for number in range(250):
            fail(f"boom {number}")

    threads = [threading.Thread(target=storm) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    handler.flush()
    assert list(ErrorLog.objects.values_list("kind", "count")) == [("ValueError", 1000)]


def test_a_flood_of_kinds_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_handler, "MOST_WAITING", 5)
    handler = ErrorLogHandler()
    monkeypatch.setattr(handler, "_run", lambda: None)

    for number in range(20):
        handler.handle(logger.makeRecord("x", logging.ERROR, "", 1, f"kind {number}", (), None))

    assert (len(handler._waiting), handler._left_out) == (5, 15)


@pytest.mark.parametrize("fault", [OperationalError("gone away"), RuntimeError("bug"), MemoryError])
def test_a_fault_in_the_handler_reaches_nobody(
    handler: ErrorLogHandler, monkeypatch: pytest.MonkeyPatch, fault: Any, caplog: Any
) -> None:
    """The database is away, or the store itself is wrong: the caller never hears of it."""

    def broken(*_: Any) -> None:
        raise fault

    monkeypatch.setattr(error_handler, "ATTEMPTS", (0.0, 0.0))
    monkeypatch.setattr(error_store, "write", broken)
    fail()
    handler.flush()

    monkeypatch.setattr(error_reports, "of", broken)
    fail()

    assert "an error could not be written down" in caplog.text


def test_arguments_that_do_not_fit_are_no_second_error(handler: ErrorLogHandler) -> None:
    noted: list[error_reports.Report] = []
    handler._note = noted.append  # type: ignore[method-assign]

    handler.handle(logger.makeRecord("x", logging.ERROR, "", 1, "%d of %s", ("a",), None))

    assert [each.message for each in noted] == ["%d of %s"]


@pytest.mark.django_db
def test_the_same_fault_is_one_row_and_another_is_another() -> None:
    for words in ("number 1", "number 2"):
        error_store.write(report(words))
    error_store.write(report("other", KeyError))

    rows = ErrorLog.objects.order_by("pk").values_list("kind", "count", "message")
    assert list(rows) == [
        ("ValueError", 2, "ValueError: number 2"),
        ("KeyError", 1, "KeyError: 'other'"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("canary", CANARIES)
def test_no_secret_is_kept(canary: str, settings: Any) -> None:
    origin = Origin(url=f"https://crm.example.com/x/?token={canary}", user_agent=canary)
    with acting(origin):
        try:
            try:
                raise KeyError(f"Duplicate entry '{canary}' for key 'users.email'")
            except KeyError as first:
                raise ValueError(
                    f"password={canary} api_key: {canary} '{canary}' Authorization: Bearer {canary}"
                ) from first
        except ValueError:
            record = logger.makeRecord(
                "x", logging.ERROR, "", 1, "token=%s", (canary,), sys.exc_info()
            )
        error_store.write(error_reports.of(record))

    kept = str(list(ErrorLog.objects.values()))
    # The lines of code above hold names, never values.
    assert canary not in kept


def test_a_name_with_line_breaks_makes_one_line() -> None:
    forged = "Olga\r\n2026-01-01 CRITICAL root: all is lost\x1b[31m"

    message = report(forged).message

    assert message.splitlines() == [message]
    assert "\x1b" not in message


@pytest.mark.django_db
def test_a_resolved_error_that_is_back_is_open_and_told(mailoutbox: list[Any]) -> None:
    boss = factories.make_user(name="Boss", email="boss@example.com", is_superuser=True)
    error_store.write(report())
    error = ErrorLog.objects.get()

    assert (alerts.send_due(), alerts.send_due()) == (1, 0)
    error_store.write(report())
    assert alerts.send_due() == 0
    error_store.resolve(error, by=boss)
    error_store.write(report())
    assert alerts.send_due() == 1

    error.refresh_from_db()
    assert (error.count, error.resolved_at) == (3, None)
    assert [each.to for each in mailoutbox] == [["boss@example.com"]] * 2
    assert f"/errors/{error.pk}/" in mailoutbox[0].body
    assert "ValueError" not in mailoutbox[0].body


@pytest.mark.django_db
def test_a_mail_that_fails_is_due_again(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.ERROR_MAILS = ["ops@example.com"]
    error_store.write(report())

    def refused(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(alerts, "send_mail", refused)
        assert alerts.send_due() == 0

    assert (alerts.send_due(), mail.outbox[0].to) == (1, ["ops@example.com"])


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(factories.make_user(name="Otto", is_superuser=True))
    return client


@pytest.mark.django_db
def test_the_pages_speak_plainly_and_keep_the_trace_behind_a_fold(reader: Client) -> None:
    with acting(Origin(url="task:drain", tags="task", request_id="3f9c0a1b2d4e5f60")):
        error_store.write(report("<script>alert(1)</script>", OperationalError))
    error = ErrorLog.objects.get()

    listed = reader.get("/errors/").content.decode()
    shown = reader.get(f"/errors/{error.pk}/").content.decode()

    assert explain(error).title == "Background work failed: drain"
    for page in (listed, shown):
        assert "Background work failed: drain" in page
        assert "The database did not answer, or refused." in page
        assert "<script>alert" not in page
    assert "<pre" not in listed
    assert shown.index("<details") < shown.index("<pre")


@pytest.mark.django_db
def test_resolving_and_reopening_is_on_record(reader: Client) -> None:
    error_store.write(report())
    error = ErrorLog.objects.get()

    reader.post(f"/errors/{error.pk}/resolve/")
    assert ErrorLog.objects.open().count() == 0
    assert "ValueError" not in reader.get("/errors/").content.decode()
    assert "ValueError" in reader.get("/errors/?state=resolved").content.decode()
    reader.post(f"/errors/{error.pk}/reopen/")

    assert ErrorLog.objects.open().count() == 1
    events = AuditLog.objects.filter(event__startswith="error.").order_by("pk")
    assert list(events.values_list("event", flat=True)) == ["error.resolved", "error.reopened"]


@pytest.mark.django_db
def test_the_list_costs_the_same_with_1_and_30_rows(
    reader: Client, assert_same_queries: Any
) -> None:
    made = iter(range(100))

    def grow(count: int) -> None:
        for _each in range(count):
            ErrorLog.objects.create(level="ERROR", message="x", fingerprint=f"f{next(made)}")

    assert_same_queries(lambda: reader.get("/errors/"), grow, at_most=6)


def broken_view(request: Any) -> None:
    raise ZeroDivisionError


urlpatterns = [path("broken/", broken_view), *urls.urlpatterns]
handler500 = urls.handler500


@pytest.mark.core
@pytest.mark.django_db(transaction=True)
@pytest.mark.urls("tests.audit.test_errors")
def test_the_number_of_an_error_page_finds_its_error(handler: ErrorLogHandler) -> None:
    user = factories.make_user(name="Olga")
    browser = Client(raise_request_exception=False)
    browser.force_login(user)

    answer = browser.get("/broken/?q=private")
    handler.flush()

    number = answer["X-Request-Id"]
    error = ErrorLog.objects.get(kind="ZeroDivisionError")
    assert answer.status_code == 500
    assert number in answer.content.decode()
    assert (error.context["request_id"], error.context["user_id"]) == (number, user.pk)
    assert error.context["url"] == "http://127.0.0.1:8000/broken/"
    assert error.extra["requests"] == [number]
    assert "private" not in str(error.__dict__)


@pytest.mark.django_db
def test_errors_are_found_by_any_of_their_numbers(reader: Client) -> None:
    for number in ("3f9c0a1b2d4e5f60", "aaaaaaaaaaaaaaaa"):
        with acting(Origin(request_id=number, url="https://crm.example.com/found/")):
            error_store.write(report())

    found = reader.get("/errors/", {"number": "3F9C0A1B2D4E5F60"}).content.decode()
    missing = reader.get("/errors/", {"number": "bbbbbbbbbbbbbbbb"}).content.decode()

    assert "A page failed: /found/" in found
    assert "A page failed: /found/" not in missing


@pytest.mark.django_db
def test_sentry_is_linked_and_hears_nothing_private(
    reader: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SENTRY_DSN = "https://abc@sentry.example.com/7"
    with acting(Origin(request_id="3f9c0a1b2d4e5f60")):
        error_store.write(report())
        event = {
            "request": {"cookies": "sessionid=1"},
            "exception": {"values": [{"value": "password=hunter22"}]},
        }
        sent = sentry.scrubbed(event, None)

    page = reader.get(f"/errors/{ErrorLog.objects.get().pk}/").content.decode()
    assert "https://sentry.example.com/issues/?project=7&amp;query=request_id%3A3f9c" in page
    assert sent == {
        "exception": {"values": [{"value": "password=•••"}]},
        "tags": {"request_id": "3f9c0a1b2d4e5f60", "road": ""},
    }
    started: dict[str, Any] = {}
    module = types.SimpleNamespace(init=lambda **options: started.update(options))
    monkeypatch.setitem(sys.modules, "sentry_sdk", module)  # type: ignore[arg-type]
    assert sentry.start()
    assert started["dsn"] == settings.SENTRY_DSN


@pytest.mark.django_db(transaction=True)
def test_the_writer_keeps_no_connection(handler: ErrorLogHandler) -> None:
    """Its thread is not this one, and its connection is closed once it has written."""
    fail()
    handler.flush()

    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT COUNT(*) FROM information_schema.processlist WHERE db=DATABASE()"
            )
            assert cursor.fetchone() == (1,)
    assert ErrorLog.objects.count() == 1
