"""The five-minute token of the stream of updates, and what it allows, kept in Redis."""

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing

from accounts.models import User
from waha.inbox import redis_stream
from waha.inbox.redis_stream import RedisAway
from waha.models.sharing import session_ids

LIFETIME = 300
ALLOWED_LIFETIME = LIFETIME * 2
SALT = "waha.inbox.stream"


@dataclass(frozen=True, slots=True)
class Token:
    """Whose stream it is, under which version of their access, and until when (epoch seconds)."""

    user_id: int
    access_version: int
    until: float

    @property
    def allowed_key(self) -> str:
        """The Redis key of the numbers this user may see under this version."""
        return allowed_key(self.user_id, self.access_version)


def allowed_key(user_id: int, access_version: int) -> str:
    return f"mercury:live:allowed:{user_id}:{access_version}"


def version_key(user_id: int) -> str:
    """The Redis key of a user's newest access version, while older tokens may be about."""
    return f"mercury:live:version:{user_id}"


def read(text: str) -> Token | None:
    """The token, or None when it is not ours or too old. Touches no database."""
    try:
        user_id, version, issued = signing.loads(text, salt=SALT, max_age=LIFETIME)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Token(user_id, version, issued + LIFETIME)


def issue(user: User) -> str | None:
    """A token for the user's stream, or None when there is no Redis to stream from."""
    if not settings.REDIS_URL:
        return None
    # `-` keeps the key of somebody without numbers: an empty set would not exist.
    members: list[Any] = ["-", *session_ids(user)]
    key = allowed_key(user.pk, user.access_version)
    try:
        with redis_stream.connected() as server, server.pipeline() as pipe:
            pipe.delete(key)
            pipe.sadd(key, *members)
            pipe.expire(key, ALLOWED_LIFETIME)
            pipe.execute()
    except RedisAway:
        return None
    return signing.dumps([user.pk, user.access_version, int(time.time())], salt=SALT)
