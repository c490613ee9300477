"""The Django app of operations."""

from typing import Any

from celery.signals import beat_init, before_task_publish, task_postrun, worker_init
from django.apps import AppConfig
from django.core.signals import request_finished
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class OpsConfig(AppConfig):
    """Health, monitoring pages and operators' commands; may import every app."""

    name = "mercury.ops"
    label = "mercury_ops"
    verbose_name = _("Operations")

    def ready(self) -> None:
        # They import models, which are only there now.
        from mercury.ops import checks, slow_queries, start  # noqa: F401  # importing checks registers them
        from mercury.ops.health import marks

        def refuse_unready(**_signal: Any) -> None:
            start.refuse_unready()

        def report_schedule(**_signal: Any) -> None:
            # From here on this process is the schedule: each task it hands on is a sign of life.
            before_task_publish.connect(marks.report_schedule, dispatch_uid="mercury.ops.schedule")

        # Celery sends these when a worker or the schedule starts, not in other commands.
        for signal in (worker_init, beat_init):
            signal.connect(refuse_unready, weak=False, dispatch_uid="mercury.ops.start")
        beat_init.connect(report_schedule, weak=False, dispatch_uid="mercury.ops.report_schedule")
        connection_created.connect(slow_queries.watch, dispatch_uid="mercury.ops.slow")
        for finished in (request_finished, task_postrun):
            finished.connect(slow_queries.write, dispatch_uid="mercury.ops.slow")
