"""Who is at work, and from where: kept for the length of a request, task or command."""

import getpass
import re
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

# A part of a path that is a key to something: an invitation, a new password.
_KEY = re.compile(r"[^/]{24,}")
_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Origin:
    """The actor and the place an action came from.

    `tags` says by which road: admin, command, task; nothing for the pages.
    """

    user_id: int | None = None
    url: str = ""
    ip_address: str | None = None
    user_agent: str = ""
    request_id: str = ""
    tags: str = ""


# Preparations of tests: nobody's work. Saves made under it are not written down.
NOBODY = Origin()
# What runs in none of the three, such as a script that sets Django up by itself.
SCRIPT = Origin(url="script", tags="script")

_origin: ContextVar[Origin | None] = ContextVar("origin", default=None)
_standing = SCRIPT


def current() -> Origin:
    """The origin of what runs now."""
    return _origin.get() or _standing


def stand_as(origin: Origin) -> None:
    """Let this process act as `origin` wherever nothing closer is known."""
    global _standing
    _standing = origin


@contextmanager
def acting(origin: Origin) -> Iterator[None]:
    """Run the block as `origin`."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


@contextmanager
def acting_user(user_id: int | None) -> Iterator[None]:
    """Run the block as the same origin with its user known."""
    with acting(replace(current(), user_id=user_id)):
        yield


def begin(origin: Origin) -> object:
    """Start acting as `origin` where a block cannot: between two signals. Returns what ends it."""
    return _origin.set(origin)


def end() -> None:
    """Stop what `begin` began, in whichever context it ends."""
    _origin.set(None)


def of_command(name: str) -> Origin:
    """The origin of a command at the shell of this machine."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        account = "somebody"
    return Origin(
        url=f"manage.py {name}",
        user_agent=f"{account}@{socket.gethostname()}"[:200],
        request_id=new_request_id(),
        tags="command",
    )


def new_request_id() -> str:
    """An id for a request, task or command that none came with."""
    return secrets.token_hex(8)


def safe_path(path: str) -> str:
    """A path fit to keep: parts that open a door to whoever holds them become dots."""
    return _KEY.sub(lambda part: part[0] if _UUID.fullmatch(part[0]) else "…", path)
