"""Origins of what runs outside requests: Celery tasks, under the id of the request behind them."""

from typing import Any

from celery.signals import (
    before_task_publish,
    task_postrun,
    task_prerun,
    worker_process_shutdown,
)

from audit import context, error_handler
from audit.context import Origin

HEADER = "mercury_request_id"


def connect() -> None:
    """Send the request's id along with every hint, and act under it while its task runs."""
    before_task_publish.connect(_send_along, dispatch_uid="audit.process", weak=False)
    task_prerun.connect(_begin, dispatch_uid="audit.process", weak=False)
    task_postrun.connect(_end, dispatch_uid="audit.process", weak=False)
    worker_process_shutdown.connect(_flush, dispatch_uid="audit.process", weak=False)


def _send_along(headers: dict[str, Any] | None = None, **kwargs: Any) -> None:
    request_id = context.current().request_id
    if headers is not None and request_id:
        headers[HEADER] = request_id


def _begin(task: Any = None, task_id: str = "", **kwargs: Any) -> None:
    request = getattr(task, "request", None)
    if getattr(request, "is_eager", False):
        return  # runs within whatever called it, under its origin
    sent = str(getattr(request, HEADER, None) or "")
    name = getattr(task, "name", "")
    context.begin(
        Origin(
            url=f"task:{name}",
            user_agent="celery",
            request_id=sent[:32] or context.new_request_id(),
            tags="task",
        )
    )


def _end(task: Any = None, **kwargs: Any) -> None:
    if not getattr(getattr(task, "request", None), "is_eager", False):
        context.end()


def _flush(**kwargs: Any) -> None:
    """A worker's process ends without Python's own end, which would see to this."""
    error_handler.flush_all()
