"""The Celery app and the hint: a message without data that may be lost."""

import logging
import os

from celery import Celery
from django.db import transaction

logger = logging.getLogger(__name__)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mercury.settings")

app = Celery("mercury")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def hint(name: str, *, using: str = "default") -> None:
    """Ask a worker, after commit, to run the task `name` soon.

    The rows are the work and a sweeper asks again, so a hint carries nothing, is sent
    without retry and its loss is only logged.
    """
    transaction.on_commit(lambda: send_hint(name), using=using)


def send_hint(name: str, *, after: float = 0) -> None:
    """Send the hint now; never raises and waits at most a fraction of a second.

    The task runs at once, or so many seconds later.
    """
    try:
        app.send_task(name, ignore_result=True, retry=False, expires=60, countdown=after or None)
    except Exception as error:  # the broker is away: the sweeper does the work
        logger.warning("hint %s not sent: %s", name, type(error).__name__)
