"""Refuses to start a web, worker or schedule process on a database it does not fit."""

import logging
import sys

from django.db import DatabaseError, connections

from mercury.ops import database_probes, shard_probes
from mercury.ops.findings import State

logger = logging.getLogger(__name__)

# gunicorn's master stops on this code instead of starting the worker again for ever.
EXIT_CODE = 3


def refuse_unready() -> None:
    """End the process with a sentence when migrations are pending or the server is set up wrong.

    A database that does not answer at all is no reason: it may come back, and until then the
    webhook has to answer 503, so the process starts and says so.
    """
    try:
        findings = [database_probes.migrations(), *database_probes.server()]
        if findings[0].state is not State.BROKEN:
            findings += shard_probes.named()
    except DatabaseError:
        logger.warning("The database does not answer; starting without looking at it.")
        return
    finally:
        # A server that forks its workers must not share this connection among them.
        connections.close_all()
    wrong = [finding for finding in findings if finding.state is State.BROKEN]
    for finding in wrong:
        sys.stderr.write(f"Mercury does not start. {finding.sentence} {finding.mend}\n")
    if wrong:
        sys.stderr.flush()
        raise SystemExit(EXIT_CODE)
