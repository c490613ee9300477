"""The shards: databases that each hold the archive of some companies.

`shard = company_id % count`, in the order of SHARD_DATABASE_URLS. Without shards everything is
in the default database. Where a number's archive lies *now* is written down beside it
(waha_archive_places), so that a change of the count moves nothing by itself.
"""

from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction

Result = TypeVar("Result")

PREFIX = "shard_"
# The only tables of a shard.
MODELS = {"waha.wahamessagearchive"}


def aliases() -> list[str]:
    """The configured shards in the order of their numbers."""
    found = [alias for alias in settings.DATABASES if alias.startswith(PREFIX)]
    return sorted(found, key=lambda alias: int(alias.removeprefix(PREFIX)))


class ShardManager:
    """Finds the database of a company's archive and runs work there."""

    def get_shard_for_company(self, company_id: int | None, *, count: int | None = None) -> str:
        """The alias `shard_<company_id % count>`; the default database without shards or company.

        Where new archives go. An archive that is there already is found by its place. `count`
        is how many there are, unless one asks for how it would be with fewer.
        """
        count = len(aliases()) if count is None else count
        if not count or company_id is None:
            return DEFAULT_DB_ALIAS
        return f"{PREFIX}{company_id % count}"

    def query(self, company_id: int | None, callback: Callable[[str], Result]) -> Result:
        """Run `callback(alias)` inside a transaction on the company's shard."""
        alias = self.get_shard_for_company(company_id)
        with transaction.atomic(using=alias):
            return callback(alias)


shards = ShardManager()
