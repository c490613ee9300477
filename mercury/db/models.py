"""The abstract row with its two times, the QuerySet that keeps them true, sensitive_data."""

from collections.abc import Iterable, Iterator
from typing import Any, Self, TypeVar

from django.db import models
from django.utils import timezone

from mercury.db import keyset
from mercury.db.heartbeat import ReplicationHeartbeat
from mercury.db.sensitive import SensitiveData

__all__ = ["ReplicationHeartbeat", "SensitiveData", "Timestamped", "TimestampedQuerySet"]

Row = TypeVar("Row", bound=models.Model)


class TimestampedQuerySet(models.QuerySet[Row]):
    """Moves `updated_at` in bulk and conditional updates too, which Django's auto_now does not."""

    def update(self, **values: Any) -> int:
        if "updated_at" not in values:
            values["updated_at"] = timezone.now()
        return super().update(**values)

    def bulk_update(
        self, objs: Iterable[Row], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        rows, now = list(objs), timezone.now()
        for row in rows:
            row.updated_at = now  # type: ignore[attr-defined]  # every Timestamped row has it
        return super().bulk_update(rows, {*fields, "updated_at"}, batch_size)

    def in_chunks(self, size: int = 1000) -> Iterator[list[Row]]:
        """All rows by rising key, `size` at a time: what maintenance walks a large table by."""
        return keyset.chunks(self, size)

    def alive(self) -> Self:
        """Rows that are not archived, for models with `archived_at`."""
        return self.filter(archived_at__isnull=True)


class Timestamped(models.Model):
    """A row that knows when it was made and last changed (UTC)."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
