"""Search: it has every message with the words it says now, and no others."""

from collections import defaultdict
from typing import Any

from mercury.ops.invariants.messages import NO_MESSAGE, missing
from mercury.ops.invariants.rules import Rule
from waha.models import MessageFields, WahaMessage, WahaMessageKey, WahaMessageText, whereabouts
from waha.search import rebuild


def wrong_words(keys: list[int]) -> dict[int, str]:
    """Messages, in use or archived, that search lacks, or has with other words."""
    rows = WahaMessageKey.objects.filter(message_pk__in=keys)
    session_of = dict(rows.values_list("message_pk", "session_id"))
    # The range beside the list is what the server walks; a list alone asks every partition.
    in_use = WahaMessage.objects.filter(pk__gte=keys[0], pk__lte=keys[-1], pk__in=keys)
    messages: list[MessageFields] = list(in_use.only(*rebuild.COLUMNS))
    by_session: dict[int, list[int]] = defaultdict(list)
    for pk in set(session_of) - {message.pk for message in messages}:
        by_session[session_of[pk]].append(pk)
    for session, pks in by_session.items():
        archived = whereabouts.archive_of(session).filter(pk__in=pks)
        messages += archived.only(*rebuild.COLUMNS)
    wrong = "search has not what it says: run rebuild_search"
    return {pk: wrong for pk, _message in rebuild.differing(messages)}


def wrong_texts(keys: list[int]) -> dict[int, str]:
    """Words of messages that are nowhere."""
    rows = WahaMessageText.objects.filter(pk__in=keys)
    return dict.fromkeys(sorted(missing(dict(rows.values_list("pk", "session_id")))), NO_MESSAGE)


def unless_unfinished(model: type[Any]) -> Any:
    """Every row; none while search is still being filled after an upgrade."""
    rows = model._base_manager
    return lambda: rows.none() if rebuild.is_unfinished() else rows.all()


RULES = [
    Rule("search", "search has each message, with the words it says",
         unless_unfinished(WahaMessageKey), wrong_words, key="message_pk"),
    Rule("found words", "what search has is of a message", unless_unfinished(WahaMessageText),
         wrong_texts),
]  # fmt: skip
