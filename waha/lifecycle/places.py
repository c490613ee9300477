"""Which numbers' archive lies in which database, written down before a row goes there."""

from collections import defaultdict

from django.db import DEFAULT_DB_ALIAS

from mercury.db import sharding
from mercury.db.partitions import Month
from mercury.db.sharding import shards
from waha.lifecycle.portions import Portion
from waha.models import WahaArchivePlace, WahaSession


def settle() -> None:
    """Give every number without a place the one that follows from its company."""
    known = WahaArchivePlace.objects.values("pk")
    for pk, company_id in WahaSession.objects.exclude(pk__in=known).values_list("pk", "company_id"):
        WahaArchivePlace.objects.get_or_create(
            session_id=pk, defaults={"shard": shards.get_shard_for_company(company_id)}
        )


def databases() -> list[str]:
    """Every database that holds or will hold a part of the archive."""
    used = WahaArchivePlace.objects.values_list("shard", flat=True).distinct().order_by()
    return sorted({DEFAULT_DB_ALIAS, *sharding.aliases(), *used})


def unknown() -> str:
    """What is wrong when an archive lies in a database that is not configured; else nothing."""
    named = {DEFAULT_DB_ALIAS, *sharding.aliases()}
    used = WahaArchivePlace.objects.values_list("shard", "leaving")
    lost = sorted({alias for pair in used for alias in pair if alias and alias not in named})
    if not lost:
        return ""
    return (
        f"Archived messages lie in {', '.join(lost)}, and SHARD_DATABASE_URLS names "
        f"{len(named) - 1} shards. Name it again; to do without it, run `manage.py "
        f"rebalance_shards --shards {len(named) - 1}` first."
    )


def portions(month: Month) -> list[Portion]:
    """A month cut by database: each row of the month is in one of them.

    What belongs to no number that we know stays in the default database.
    """
    by_shard: dict[str, list[int]] = defaultdict(list)
    for pk, shard in WahaArchivePlace.objects.order_by("pk").values_list("pk", "shard"):
        by_shard[shard].append(pk)
    elsewhere = tuple(
        pk for shard, pks in by_shard.items() if shard != DEFAULT_DB_ALIAS for pk in pks
    )
    return [
        Portion(month, shard, without=elsewhere)
        if shard == DEFAULT_DB_ALIAS
        else Portion(month, shard, only=tuple(by_shard[shard]))
        for shard in databases()
    ]
