"""Lines of the log: one for each event, with the request's id and without secrets."""

import json
import logging
import os
import subprocess
import sys
from typing import Any

import httpx
import pytest
from django.test import Client

from audit import context, process
from audit.context import Origin, acting
from audit.log_format import JsonFormatter, LineFormatter
from audit.masking import scrub
from mercury import celery
from tests.house.tree import ROOT
from waha.gateway.transport import Transport

FORGED = "Olga\r\n2026-01-01 CRITICAL root: forged\x1b[2J"
AT_WORK = Origin(user_id=7, url="https://crm.example.com/inbox/", request_id="3f9c0a1b2d4e5f60")


def record(words: str, *arguments: object, failed: bool = False) -> logging.LogRecord:
    """A record, with an exception when it `failed`."""
    try:
        raise ValueError(FORGED)
    except ValueError:
        error = sys.exc_info() if failed else None
    return logging.makeLogRecord(
        {"name": "x", "levelname": "INFO", "msg": words, "args": arguments, "exc_info": error}
    )


def test_json_is_one_object_a_line_with_the_request() -> None:
    with acting(AT_WORK):
        line = JsonFormatter().format(record("%s came in", FORGED, failed=True))

    found = json.loads(line)
    assert line.splitlines() == [line]
    assert (found["message"], found["level"]) == (f"{FORGED} came in", "INFO")
    assert (found["request_id"], found["user_id"]) == ("3f9c0a1b2d4e5f60", 7)
    assert found["trace"].startswith("tests/audit/test_log_format.py:")


@pytest.mark.parametrize(
    ("url", "is_json"), [("https://crm.test", True), ("http://crm.test", False)]
)
def test_an_installation_behind_https_writes_json(url: str, is_json: bool) -> None:
    code = "import django, logging; django.setup(); logging.getLogger('x').warning('hello')"
    env = {
        name: value for name, value in os.environ.items() if name not in {"LOG_FORMAT", "DEBUG"}
    } | {"PUBLIC_URL": url, "DJANGO_SETTINGS_MODULE": "mercury.settings"}

    done = subprocess.run(  # noqa: S603  # our own words
        [sys.executable, "-c", code], env=env, cwd=ROOT, check=True, capture_output=True, text=True
    )

    line = done.stderr.strip().splitlines()[-1]
    assert ("hello" in line, line.startswith("{")) == (True, is_json)
    assert not is_json or json.loads(line)["logger"] == "x"


def test_a_line_stays_one_line_whatever_is_in_a_name() -> None:
    with acting(AT_WORK):
        line = LineFormatter().format(record("%s came in", FORGED))

    assert line.splitlines() == [line]
    assert line.endswith("INFO x [3f9c0a1b2d4e5f60]: Olga\\x0d\\x0a2026-01-01 CRITICAL root: "
                         "forged\\x1b[2J came in")  # fmt: skip


@pytest.mark.parametrize("formatter", [JsonFormatter(), LineFormatter()])
def test_no_line_holds_a_secret(formatter: logging.Formatter) -> None:
    line = formatter.format(
        record("X-Api-Key: test-api-key password=hunter22 for +447700900123 and amira@example.com")
    )

    for secret in ("test-api-key", "hunter22", "7700900123", "amira"):
        assert secret not in line


@pytest.mark.parametrize(
    "harmless",
    [
        "drained 1234567 events in 0.25 s",
        "session 810000002: 500 applied",
        "audit sealed to 1000: seal 12",
        "2026-11-22 23:40:00 beat",
        "GET /inbox/7123456789012345678/ 200",
        "hint drain not sent: OperationalError",
        "attachments.file 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    ],
)
def test_ids_times_and_counts_stay(harmless: str) -> None:
    assert scrub(harmless) == harmless


def test_waha_hears_the_requests_id() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    pool = httpx.Client(transport=httpx.MockTransport(answer))
    transport = Transport("http://waha", "key", pool=pool)
    with acting(AT_WORK):
        transport._read("GET", "/api/sessions")
    transport._read("GET", "/api/sessions")

    ids = [request.headers["X-Request-Id"] for request in seen]
    assert ids[0] == AT_WORK.request_id
    assert len(ids[1]) == 16


def test_a_task_runs_under_the_id_of_the_request_behind_it() -> None:
    """What is published carries it; what runs takes it over and lets it go."""
    headers: dict[str, Any] = {}
    with acting(AT_WORK):
        process._send_along(headers=headers)
    task = celery.app.tasks["drain"]
    task.push_request(**headers, id="t-1")
    try:
        process._begin(task=task, task_id="t-1")
        running = context.current()
        process._end(task=task)
    finally:
        task.pop_request()

    assert (running.request_id, running.url, running.tags) == (
        AT_WORK.request_id, "task:drain", "task",
    )  # fmt: skip
    assert context.current() is context.NOBODY


@pytest.mark.django_db
def test_every_answer_names_its_request_also_when_refused(client: Client) -> None:
    for path in ("/livez", "/nowhere/", "/audit/", "/static/nothing.css"):
        assert len(client.get(path)["X-Request-Id"]) == 16


def test_keys_in_a_path_are_not_kept() -> None:
    kept = context.safe_path("/accounts/invitation/MQ:1abcdef:0123456789abcdef0123456789/")

    assert kept == "/accounts/invitation/…/"
    assert context.safe_path("/files/3f2504e0-4f89-11d3-9a0c-0305e82c3301/") == (
        "/files/3f2504e0-4f89-11d3-9a0c-0305e82c3301/"
    )
