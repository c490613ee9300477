"""Looks at the shards: is each named, up and migrated that holds archived messages."""

from collections.abc import Iterator

from django.db import DatabaseError

from mercury.db import sharding
from mercury.ops.findings import Finding, broken, ok, warning
from waha.lifecycle import places
from waha.models import WahaMessageArchive


def named() -> Iterator[Finding]:
    """Something to say only when archived messages lie where nothing can be read."""
    if lost := places.unknown():
        sentence, _, mend = lost.partition(". ")
        yield broken("shards", f"{sentence}.", mend)


def shards() -> Iterator[Finding]:
    """One finding a shard; nothing to say without any."""
    yield from named()
    for alias in sharding.aliases():
        yield _look(alias)


def _look(alias: str) -> Finding:
    try:
        WahaMessageArchive.objects.using(alias).order_by("pk").values_list("pk").first()
    except DatabaseError:
        return warning(
            alias,
            "It does not answer, or has not the archive's table: what is archived there cannot be "
            "read.",
            "Is it up? Then run `python manage.py migrate_shards`.",
        )
    return ok(alias, "It answers and has the archive's table.")
