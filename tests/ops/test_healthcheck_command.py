"""`manage.py healthcheck`, and the tasks whose marks it reads."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from mercury.celery import app
from mercury.ops.health import marks
from mercury.ops.health.check import TITLES

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("healthcheck", *arguments, stdout=out)
    except SystemExit as end:
        return out.getvalue(), int(str(end.code))
    return out.getvalue(), 0


@pytest.mark.core
def test_healthcheck_ends_with_one_while_something_is_broken() -> None:
    words, code = run()
    for name in (marks.WORKER, marks.DRAIN, marks.SCHEDULE):
        marks.report(name)

    assert code == 1
    assert "BROKEN   Schedule: The schedule has not handed on a task yet" in words
    assert "         → Start exactly one `celery -A mercury beat`" in words
    assert run()[1] == 0


def test_healthcheck_speaks_json() -> None:
    words, code = run("--json")

    told = json.loads(words)
    assert (code, told["status"]) == (1, "broken")
    assert list(told["checks"]) == list(TITLES)
    assert told["checks"]["workers"]["state"] == "broken"
    assert told["checks"]["workers"]["mend"].startswith("Start the workers")
    assert told["checks"]["connection"]["milliseconds"] > 0


def test_a_scheduled_task_of_each_queue_reports() -> None:
    app.tasks["report_worker"].run()
    app.tasks["report_drain"].run()

    assert {marks.WORKER, marks.DRAIN} <= set(marks.read())
    assert app.conf.task_routes["report_drain"] == {"queue": "drain"}
