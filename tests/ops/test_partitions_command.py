"""`manage.py partitions`."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from mercury.db import partitions as tables
from waha.lifecycle import partitions


def run(**options: object) -> str:
    out = StringIO()
    call_command("partitions", stdout=out, **options)
    return out.getvalue().strip()


@pytest.mark.core
@pytest.mark.django_db
def test_partitions_check_passes_on_a_fresh_database() -> None:
    said = run(check=True)

    expected = "All are there."
    if not tables.supported(connection):
        expected = "This database has no partitions and needs none."
    assert said == expected


@pytest.mark.django_db
@pytest.mark.parametrize("ahead", [-1, 121, 100_000])
def test_partitions_refuses_months_that_nobody_means(ahead: int) -> None:
    with pytest.raises(CommandError, match="--ahead counts months: 0 to 120"):
        run(ahead=ahead)


@pytest.mark.mysql
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_partitions_makes_what_check_misses() -> None:
    before = every()
    ahead = partitions.AHEAD
    while not partitions.missing(ahead):
        ahead += 1
    try:
        with pytest.raises(CommandError, match="Missing: waha_messages_"):
            run(check=True, ahead=ahead)
        made = run(ahead=ahead)
        said = run(check=True, ahead=ahead)
        new = [name for name in every() if name not in before]
    finally:
        remove(set(every()) - set(before))

    assert (made, said, len(new)) == (f"Made {', '.join(new)}.", "All are there.", 2)


def every() -> list[str]:
    return [name for each, table in partitions.tables() for name in tables.names(each, table)]


def remove(names: set[str]) -> None:
    for name in names:
        tables.drop(connection, name.rsplit("_", 2)[0], name)
