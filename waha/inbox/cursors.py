"""The place in the flow of updates that a page has seen."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from django.db.models import Subquery
from django.utils import timezone

from waha.models import WahaUpdate

OVERLAP = timedelta(seconds=10)
"""How long a transaction may take to commit its update and still be seen by everybody."""


@dataclass(frozen=True, slots=True)
class LiveCursor:
    """A place in the Redis stream and in waha_updates at once: `<milliseconds>-<n>_<update id>`.

    So a page may go from the stream to the poll and back. Both places lie early by the overlap:
    ids are given before they commit, so what is seen twice is dropped and nothing is missed.
    """

    stream: str
    update_id: int

    def __str__(self) -> str:
        return f"{self.stream}_{self.update_id}"

    @property
    def age(self) -> timedelta:
        """How long ago it was handed out."""
        milliseconds = int(self.stream.partition("-")[0])
        return timezone.now() - datetime.fromtimestamp(milliseconds / 1000, UTC)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The cursor, or None for anything else."""
        match = re.fullmatch(r"(\d{1,14}-\d{1,10})_(\d{1,18})", text, re.ASCII)
        return cls(match[1], int(match[2])) if match else None

    @classmethod
    def now(cls, settled: int | None) -> Self:
        """The cursor of a page that is being read now; `settled` as `settled_id` gives it."""
        return cls(f"{int((timezone.now() - OVERLAP).timestamp() * 1000)}-0", settled or 0)


def settled_id() -> Subquery:
    """The newest update below which none can appear any more; one step in an index."""
    old = WahaUpdate.objects.filter(created_at__lt=timezone.now() - OVERLAP)
    return Subquery(old.order_by("-created_at", "-pk").values("pk")[:1])
