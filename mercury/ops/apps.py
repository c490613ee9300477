"""The Django app of operations."""

from typing import Any

from celery.signals import beat_init, worker_init
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OpsConfig(AppConfig):
    """Health, monitoring pages and operators' commands; may import every app."""

    name = "mercury.ops"
    label = "mercury_ops"
    verbose_name = _("Operations")

    def ready(self) -> None:
        # They import models, which are only there now.
        from mercury.ops import checks, start  # noqa: F401  # importing checks registers them

        def refuse_unready(**_signal: Any) -> None:
            start.refuse_unready()

        # Celery sends these when a worker or the schedule starts, not in other commands.
        for signal in (worker_init, beat_init):
            signal.connect(refuse_unready, weak=False, dispatch_uid="mercury.ops.start")
