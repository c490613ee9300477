"""One office for all tests of a module: nothing a test does to it stays."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.access import office as offices
from tests.access.office import Office
from waha.models import whereabouts


@pytest.fixture(scope="module")
def office(django_db_setup: None, django_db_blocker: Any) -> Iterator[Office]:
    """The office of this module, in a transaction that is never committed.

    Requests of tests run in savepoints inside it: ask for `db` too, for its clean-up.
    """
    whereabouts.forget()
    with django_db_blocker.unblock(), transaction.atomic():
        yield offices.build()
        transaction.set_rollback(True)
    whereabouts.forget()
