"""The lease on a session: one drain at a time applies its events."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from waha.inbound import journal
from waha.models import WahaDrain

SECONDS = 30


class LeaseLost(Exception):
    """Another drain has the session now: nothing of this unit may be committed."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A claim on one session. `careful` says that the claim before it never ended."""

    session_id: int
    owner: str
    careful: bool

    def hold(self) -> None:
        """Prolong the lease; last in each unit, so that its row is locked but for a moment.

        Raises LeaseLost when it ran out and somebody else took it.
        """
        until = journal.now() + timedelta(seconds=SECONDS)
        if not self._mine().update(lease_until=until):
            raise LeaseLost(f"The lease on session {self.session_id} was lost.")

    def settle(self) -> None:
        """Forget the unfinished claim: what may have caused it has been gone through."""
        self._mine().update(attempts=1)

    def release(self) -> None:
        """Let go after a clean end."""
        self._mine().update(lease_until=None, owner="", attempts=0)

    def give_up(self) -> None:
        """Let go after a failure: the next claim goes one by one."""
        self._mine().update(lease_until=None, owner="")

    def _mine(self) -> QuerySet[WahaDrain]:
        return WahaDrain.objects.filter(session_id=self.session_id, owner=self.owner)


def claim(session_id: int) -> Lease | None:
    """Take the lease if it is free or has run out; None when another drain is at work."""
    at = journal.now()
    _ensure_row(session_id)
    owner = secrets.token_hex(16)
    taken = WahaDrain.objects.filter(
        Q(lease_until=None) | Q(lease_until__lt=at), session_id=session_id
    ).update(lease_until=at + timedelta(seconds=SECONDS), owner=owner, attempts=F("attempts") + 1)
    if not taken:
        return None
    attempts = WahaDrain.objects.values_list("attempts", flat=True).get(session_id=session_id)
    return Lease(session_id, owner, careful=attempts > 1)


def _ensure_row(session_id: int) -> None:
    if WahaDrain.objects.filter(session_id=session_id).exists():
        return
    with suppress(IntegrityError), transaction.atomic():  # another drain may make it too
        WahaDrain.objects.create(session_id=session_id)
