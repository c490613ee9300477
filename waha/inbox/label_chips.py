"""Labels of WhatsApp Business as the inbox draws and filters them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from accounts.models import User
from mercury.ui import faces, phones
from waha.models import WahaChatLabel, WahaLabel, WahaSession

MOST_NAMES = 60


@dataclass(frozen=True, slots=True)
class Chip:
    """A label; `hue` is one of our twelve, None for grey. `pk` is 0 where several are meant."""

    pk: int
    name: str
    hue: int | None


def of_chat(shown: list[dict[str, Any]] | None) -> list[Chip]:
    """The chips of a chat from its own column; no query."""
    return [_chip(each["pk"], each["name"], each["color"]) for each in shown or []]


def of_number(session: WahaSession) -> list[Chip]:
    """Every label of a number, by name; 1 query."""
    rows = WahaLabel.objects.standing().filter(session=session)
    return [_chip(label.pk, label.name, label.color) for label in rows]


def names(user: User, number: int | None) -> list[Chip]:
    """The labels one may filter by, each name once: numbers have them in common; 1 query."""
    rows = WahaLabel.objects.visible_to(user).standing()
    if number is not None:
        rows = rows.filter(session_id=number)
    found: dict[str, Chip] = {}
    for name, color in rows.values_list("name", "color")[: MOST_NAMES * 10]:
        found.setdefault(name, _chip(0, name, color))
    return list(found.values())[:MOST_NAMES]


def having(name: str, session_ids: list[int]) -> Q:
    """Chats that have a label of this name."""
    rows = WahaChatLabel.objects.filter(
        is_set=True,
        label__is_removed=False,
        label__name=name,
        label__session_id__in=session_ids,
    )
    return Q(pk__in=rows.values("chat_id"))


def _chip(pk: int, name: str, color: str) -> Chip:
    return Chip(pk, phones.name(name), faces.nearest_hue(color))
