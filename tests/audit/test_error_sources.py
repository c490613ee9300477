"""Errors come from everywhere: pages are in `test_errors`, commands and workers are here."""

import sys
from collections.abc import Iterator

import pytest
from celery.app.trace import trace_task

import manage
from audit import context
from audit.error_handler import ErrorLogHandler
from audit.models import ErrorLog
from audit.plain import explain
from mercury import celery

pytestmark = pytest.mark.django_db(transaction=True)
TASK = "tests.breaks"


@pytest.fixture
def standing() -> Iterator[None]:
    """Put back what a command's process acts as."""
    before = context._standing
    yield
    context.stand_as(before)


@pytest.fixture
def failing_task() -> Iterator[object]:
    @celery.app.task(name=TASK)
    def breaks() -> None:
        raise ValueError("no such thing")

    yield celery.app.tasks[TASK]
    celery.app.tasks.pop(TASK)


def test_a_command_that_breaks_is_written_down(
    handler: ErrorLogHandler, standing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(argv: list[str]) -> None:
        raise KeyError("content")

    monkeypatch.setattr(manage, "execute_from_command_line", break_down)
    monkeypatch.setattr(sys, "argv", ["manage.py", "archive_messages", "--older-than", "6m"])

    with pytest.raises(KeyError):
        manage.run()

    handler.flush()
    row = ErrorLog.objects.get()
    assert (row.context["road"], row.context["url"]) == ("command", "manage.py archive_messages")
    assert explain(row).title == "A command failed: archive_messages"


def test_a_task_that_breaks_is_written_down_with_the_request_behind_it(
    handler: ErrorLogHandler, failing_task: object
) -> None:
    """As a worker runs it: by Celery's own tracer, under the headers of its message."""
    request = {"id": "t-1", "mercury_request_id": "3f9c0a1b2d4e5f60", "delivery_info": {}}

    trace_task(failing_task, "t-1", (), {}, request=request, app=celery.app)

    handler.flush()
    row = ErrorLog.objects.get()
    assert (row.kind, row.context["road"], row.context["url"]) == (
        "ValueError", "task", f"task:{TASK}",
    )  # fmt: skip
    assert row.context["request_id"] == "3f9c0a1b2d4e5f60"
    assert "tests/audit/test_error_sources.py" in row.extra["trace"]
