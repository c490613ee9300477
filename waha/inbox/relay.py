"""The relay: copies new updates from the database to the Redis Stream that browsers follow."""

import logging
import time
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from waha.inbox import events, redis_stream, tokens
from waha.inbox.cursors import OVERLAP
from waha.inbox.redis_stream import MAX_LENGTH, START, STREAM, RedisAway
from waha.models import UpdateKind, WahaUpdate

logger = logging.getLogger(__name__)

LOCK = "mercury:live:relay"
AGAIN = "mercury:live:again"
LOW = "mercury:live:low"
DONE = "mercury:live:done"
LOCK_SECONDS = 30
CHUNK = 1000


def relay_new() -> int:
    """Copy what is new to the stream; returns how many updates. Nothing without Redis.

    One relay at a time: whoever finds it busy leaves a mark and the busy one goes round again.
    """
    if not settings.REDIS_URL:
        return 0
    try:
        with redis_stream.connected() as server:
            return _relay(server)
    except RedisAway as error:
        # The pages poll meanwhile; the next sweep goes on where this one stopped.
        logger.warning("relay stopped: %s", error)
        return 0


def _relay(server: Any) -> int:
    copied = 0
    server.set(AGAIN, 1, ex=LOCK_SECONDS)
    while server.exists(AGAIN):
        lock = server.lock(LOCK, timeout=LOCK_SECONDS)
        if not lock.acquire(blocking=False):
            return copied
        try:
            server.delete(AGAIN)
            copied += _copy(server)
        finally:
            if lock.owned():
                lock.release()
    return copied


def _copy(server: Any) -> int:
    """One pass over the updates of the last seconds, leaving out those already copied.

    Ids are given before their transactions commit, so a lower one may appear after a higher
    one was copied: every pass starts from the highest id copied OVERLAP ago and remembers the
    ids since.
    """
    low = _low(server)
    done = {int(member) for member in server.zrange(DONE, 0, -1)}
    copied, start = 0, low
    while True:
        rows = list(WahaUpdate.objects.filter(pk__gt=start).order_by("pk")[:CHUNK])
        fresh = [row for row in rows if row.pk not in done]
        if fresh:
            _add(server, fresh, low)
        copied += len(fresh)
        if len(rows) < CHUNK:
            return copied
        start = rows[-1].pk


def _low(server: Any) -> int:
    """The id below which nothing can appear any more; moves up and forgets what lies below."""
    horizon = time.time() - OVERLAP.total_seconds()
    old = [int(member) for member in server.zrangebyscore(DONE, "-inf", horizon)]
    kept = server.get(LOW)
    newest = WahaUpdate.objects.aggregate(newest=Max("pk"))["newest"] or 0
    if kept is None or int(kept) > newest:
        return _begin(server)
    low = max([int(kept), *old])
    if old:
        with server.pipeline() as pipe:
            pipe.set(LOW, low)
            pipe.zremrangebyscore(DONE, "-inf", horizon)
            pipe.execute()
    return low


def _begin(server: Any) -> int:
    """Start on an empty Redis (or another database): those who follow are told to begin anew."""
    settled = WahaUpdate.objects.filter(created_at__lt=timezone.now() - OVERLAP)
    low = settled.aggregate(newest=Max("pk"))["newest"] or 0
    with server.pipeline() as pipe:
        pipe.delete(DONE)
        pipe.set(LOW, low)
        pipe.xadd(STREAM, {"kind": START, "low": str(low)}, maxlen=MAX_LENGTH, approximate=True)
        pipe.execute()
    return low


def _add(server: Any, rows: list[WahaUpdate], low: int) -> None:
    """Add entries and remember their ids in one transaction: no crash copies them twice."""
    now = time.time()
    with server.pipeline(transaction=True) as pipe:
        for user_id, version in _changed_access(rows):
            pipe.set(tokens.version_key(user_id), version, ex=tokens.ALLOWED_LIFETIME)
        for row in rows:
            entry = redis_stream.fields(
                kind=row.kind,
                session=row.session_id,
                user=row.user_id,
                low=low,
                event=events.event(row),
            )
            pipe.xadd(STREAM, entry, maxlen=MAX_LENGTH, approximate=True)
        pipe.zadd(DONE, {str(row.pk): now for row in rows})
        pipe.execute()


def _changed_access(rows: list[WahaUpdate]) -> list[tuple[int, int]]:
    """Whose access changed, with its newest version: tokens of older ones open no stream again."""
    concerned = {row.user_id for row in rows if row.user_id and row.kind == UpdateKind.ACCESS}
    if not concerned:
        return []
    users = User.objects.get_queryset().using(DEFAULT_DB_ALIAS).filter(pk__in=concerned)
    return list(users.values_list("pk", "access_version"))
