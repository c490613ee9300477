"""Units of work that run again when the database chose them as the victim."""

import pytest
from django.db import OperationalError, transaction

from mercury.db.retry import retried


class Unit:
    """Fails with `errors` in turn, then succeeds."""

    def __init__(self, *errors: OperationalError) -> None:
        self.errors = list(errors)
        self.runs = 0

    def run(self) -> str:
        self.runs += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "error",
    [
        OperationalError(1213, "Deadlock found"),
        OperationalError(1205, "Lock wait timeout exceeded"),
        OperationalError("database is locked"),
    ],
)
def test_a_victim_runs_again_as_a_whole(error: OperationalError) -> None:
    unit = Unit(error, error)

    assert (retried()(unit.run)(), unit.runs) == ("done", 3)


@pytest.mark.django_db(transaction=True)
def test_another_error_is_passed_on_at_once() -> None:
    unit = Unit(OperationalError(2006, "server has gone away"))

    with pytest.raises(OperationalError):
        retried()(unit.run)()

    assert unit.runs == 1


@pytest.mark.django_db(transaction=True)
def test_it_gives_up_in_the_end() -> None:
    unit = Unit(*[OperationalError(1213, "Deadlock found")] * 9)

    with pytest.raises(OperationalError):
        retried(attempts=3)(unit.run)()

    assert unit.runs == 3


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_the_outermost_unit_decides() -> None:
    unit = Unit(OperationalError(1213, "Deadlock found"))

    with pytest.raises(OperationalError), transaction.atomic():
        retried()(unit.run)()

    assert unit.runs == 1
