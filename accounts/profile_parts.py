"""Parts of one's own account page that apps to the right add."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import User


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page: a template, and the keys it is rendered from."""

    template: str
    read: Callable[[User], dict[str, Any]]


_parts: list[Part] = []


def register(part: Part) -> None:
    """Add a part to everybody's account page."""
    _parts.append(part)


def read(user: User) -> dict[str, Any]:
    """The keys of all parts, and their templates as `parts`."""
    context: dict[str, Any] = {"parts": [part.template for part in _parts]}
    for part in _parts:
        context |= part.read(user)
    return context
