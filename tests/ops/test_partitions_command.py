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
def test_partitions_refuses_a_negative_number() -> None:
    with pytest.raises(CommandError, match="cannot be negative"):
        run(ahead=-1)


@pytest.mark.mysql
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_partitions_makes_what_check_misses() -> None:
    before = tables.names(connection, partitions.TABLE)
    ahead = partitions.AHEAD
    while not partitions.missing(ahead):
        ahead += 1
    try:
        with pytest.raises(CommandError, match="Missing: waha_messages_"):
            run(check=True, ahead=ahead)
        made = run(ahead=ahead)
        said = run(check=True, ahead=ahead)
        new = [name for name in tables.names(connection, partitions.TABLE) if name not in before]
    finally:
        remove(set(tables.names(connection, partitions.TABLE)) - set(before))

    assert (made, said, len(new)) == (f"Made {new[0]}.", "All are there.", 1)


def remove(names: set[str]) -> None:
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"ALTER TABLE {partitions.TABLE} DROP PARTITION {name}")
