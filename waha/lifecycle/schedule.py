"""The scheduled part of the life cycle: a slice of work at a time."""

import logging

from django.conf import settings

from mercury.db.locks import Busy
from waha.lifecycle import archive, retention
from waha.lifecycle.portions import ArchiveError

logger = logging.getLogger(__name__)

SECONDS = 100.0
"""For each of the two, so that both end below Celery's limit for a task.

What is left over goes on in the next hour.
"""


def archive_due() -> None:
    """Archive what is old enough, free what was archived an hour ago, delete by retention."""
    try:
        if settings.ARCHIVE_AFTER_MONTHS:
            archive.run(older_than=settings.ARCHIVE_AFTER_MONTHS, max_seconds=SECONDS)
        if settings.RETENTION_MONTHS:
            retention.run(older_than=settings.RETENTION_MONTHS, max_seconds=SECONDS)
    except Busy:
        logger.info("the archive is being worked on already")
    except ArchiveError as error:
        logger.error("the archive stopped: %s", error)
