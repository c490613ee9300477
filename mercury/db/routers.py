"""Which database a query goes to."""

from typing import Any

from django.db import models, transaction

from mercury.db import consistency, replicas, sharding

# Sign-in, permission checks, claims and the journal are never read from a replica: an old
# answer there lets somebody in, or does a thing twice.
PRIMARY_APPS = {"accounts", "auth", "account", "mfa", "sessions", "contenttypes"}
PRIMARY_APPS |= {"mercury_db", "mercury_ops"}
PRIMARY_MODELS = {
    "waha.userwaha",
    "waha.rolewaha",
    "waha.wahaserver",
    "waha.wahaevent",
    "waha.wahadrain",
    "waha.wahaoutbox",
    "waha.wahamedia",
    "waha.wahaupdate",
}


class CrossShardRelation(ValueError):
    """Two rows of different databases cannot point at each other."""


class ShardRouter:
    """Keeps the shards to the archive's tables and rows to their own shard.

    Queries name their shard by `.using()`: it follows from the number, which no model knows.
    """

    def allow_relation(
        self, first: models.Model, second: models.Model, **hints: Any
    ) -> bool | None:
        here, there = first._state.db, second._state.db
        sharded = {alias for alias in (here, there) if str(alias).startswith(sharding.PREFIX)}
        if not sharded:
            return None
        if here == there:
            return True
        raise CrossShardRelation(
            f"{first._meta.label} in {here} and {second._meta.label} in {there} cannot point at "
            "each other: no relation crosses databases. "
            "Set the id column instead (such as chat_id)."
        )

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool | None:
        if not db.startswith(sharding.PREFIX):
            return None
        # An operation without a model says by a hint that it belongs on the shards too.
        return f"{app_label}.{model_name}" in sharding.MODELS or bool(hints.get("on_shards"))


class JournalRouter:
    """Keeps `journal` to the code that names it: same database, short timeouts, no migrations."""

    def allow_relation(
        self, first: models.Model, second: models.Model, **hints: Any
    ) -> bool | None:
        # Rows of one installation, wherever each of them was read; ShardRouter stands before.
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == "journal" or db.startswith("replica_") else None


class ReplicaRouter:
    """Spreads reads over healthy replicas where the request allows it; writes go to the primary."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        reading = consistency.current()
        if not reading.replicas or self._primary_only(model):
            return consistency.PRIMARY
        if transaction.get_connection(consistency.PRIMARY).in_atomic_block:
            return consistency.PRIMARY
        reading.alias = replicas.choose(reading.alias) or ""
        return reading.alias or consistency.PRIMARY

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        consistency.note_write()
        return consistency.PRIMARY

    def _primary_only(self, model: type[models.Model]) -> bool:
        meta = model._meta
        return meta.app_label in PRIMARY_APPS or meta.label_lower in PRIMARY_MODELS
