"""Indexes of messages: made from a template, read by an alias, built anew beside the old one."""

from collections.abc import Callable

from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from mercury.db.locks import named_lock
from waha.models import WahaMessageText
from waha.search.elastic import sending, server
from waha.search.elastic.documents import template
from waha.search.elastic.server import ALIAS, PATTERN, TEMPLATE

BATCH = 1_000
OLDEST = 1
"""The version of what a rebuilding writes: below that of any change since."""


def all_of_ours() -> list[str]:
    """Every index of messages, the one being built too."""
    with server.asked() as client:
        return sorted(client.indices.get_alias(index=PATTERN))


def make() -> str:
    """An empty index with the alias on it, for the first change of all."""
    name = _new()
    with server.asked() as client:
        client.indices.put_alias(index=name, name=ALIAS)
    return name


def rebuild(*, tell: Callable[[str], None]) -> int:
    """Build a new index beside the one in use, then let the alias lead to it at one stroke.

    Changes meanwhile go to both, so nothing is lost and search is never empty. Raises Away and
    Busy; a run that is stopped leaves an index behind, which the next one takes away.
    """
    with named_lock("search-index") as check:
        name, done, low = _new(), 0, 0
        rows = WahaMessageText.objects.using(DEFAULT_DB_ALIAS).order_by("pk")
        while pks := list(rows.filter(pk__gt=low).values_list("pk", flat=True)[:BATCH]):
            check()
            if sending.send(dict.fromkeys(pks, OLDEST), [name]):
                raise server.Away("It did not take every message.")
            low, done = pks[-1], done + len(pks)
            tell(f"{name}: {done:,} messages.")
        _switch(name)
    return done


def _new() -> str:
    name = f"{ALIAS}-{timezone.now():%Y%m%d%H%M%S%f}"
    with server.asked() as client:
        client.indices.put_index_template(
            name=TEMPLATE, index_patterns=[PATTERN], template=template()
        )
        client.indices.create(index=name)
    return name


def _switch(name: str) -> None:
    old = [each for each in all_of_ours() if each != name]
    actions: list[dict[str, object]] = [{"add": {"index": name, "alias": ALIAS}}]
    actions += [{"remove_index": {"index": each}} for each in old]
    with server.asked() as client:
        client.indices.update_aliases(actions=actions)
