"""Running a unit of work again when the database chose it as the victim."""

import logging
import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

logger = logging.getLogger(__name__)

Params = ParamSpec("Params")
Result = TypeVar("Result")

# MySQL: 1213 deadlock found, 1205 lock wait timeout exceeded. SQLite: "database is locked".
VICTIM_CODES = {1205, 1213}


def is_victim(error: OperationalError) -> bool:
    """True when the whole unit may simply be run again."""
    code = error.args[0] if error.args else None
    return code in VICTIM_CODES or "locked" in str(error)


def retried(attempts: int = 5) -> Callable[[Callable[Params, Result]], Callable[Params, Result]]:
    """Run the whole unit again after a deadlock or lock timeout, with a short random pause.

    Goes around the function that opens the transaction, never inside: MySQL rolls back all of
    it on a deadlock, but only one statement on a lock timeout, and half a unit must not commit.
    Inside an outer transaction the error is passed on.
    """

    def decorate(unit: Callable[Params, Result]) -> Callable[Params, Result]:
        @wraps(unit)
        def run(*args: Params.args, **kwargs: Params.kwargs) -> Result:
            for attempt in range(1, attempts + 1):
                try:
                    return unit(*args, **kwargs)
                except OperationalError as error:
                    if connection.in_atomic_block or attempt == attempts or not is_victim(error):
                        raise
                    logger.info("%s runs again after %s", unit.__qualname__, error.args[:1])
                    time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311  # no secret
            raise AssertionError("unreachable")

        return run

    return decorate
