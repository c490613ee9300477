"""What a webhook must show to come in, by the session name in its address."""

import time
from dataclasses import dataclass

from django.conf import settings

from waha.models import WahaSession

SECONDS = 5.0
"""How long a process goes by what it read: a changed key is known after that."""

MOST = 1000


@dataclass(frozen=True, slots=True)
class Door:
    """One session's webhook address. Two keys are valid while one is being replaced."""

    session_id: int
    waha_name: str
    keys: tuple[str, ...]
    read_at: float


_doors: dict[str, Door] = {}


def find(name: str) -> Door | None:
    """Return the door of a session, None when there is none of that name.

    Beside the session's own keys WAHA_HMAC_KEY counts, for a WAHA whose webhook is set by its
    environment. Reads on the `journal` connection, so that a database that is away is noticed
    at once.
    """
    door = _doors.get(name)
    if door and time.monotonic() - door.read_at < SECONDS:
        return door
    session = (
        WahaSession.objects.using("journal").select_related("secret").filter(name=name).first()
    )
    if session is None:
        _doors.pop(name, None)
        return None
    if len(_doors) >= MOST:
        _doors.clear()
    keys = [*session.hmac_keys, settings.WAHA_HMAC_KEY]
    known = tuple(key for key in keys if key)
    door = Door(session.pk, session.waha_name, known, time.monotonic())
    _doors[name] = door
    return door


def forget() -> None:
    """Read all doors anew; for this process only."""
    _doors.clear()
