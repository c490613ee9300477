"""Audit entries as people read them: a sentence, what changed, and from where.

Who may read the log need not see every record in it. Models register who sees theirs; of others
an entry says only what happened to which number, without names and values.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import sentences
from audit.masking import HIDDEN
from audit.models import AuditLog
from mercury.ui import phones

HISTORY = 30
NOTHING = "–"
# Told by the sentence, or of no use to people.
UNTOLD = {"sign_in", "hold"}
ROADS = {
    "": gettext_lazy("Pages"),
    "admin": gettext_lazy("Administration"),
    "command": gettext_lazy("Command line"),
    "task": gettext_lazy("Scheduled work"),
    "script": gettext_lazy("Script"),
}

Scope = Callable[[Any], QuerySet[Any]]
_scopes: dict[type[Model], Scope] = {}


@dataclass(frozen=True, slots=True)
class Change:
    """One value before and after."""

    name: str
    old: str
    new: str

    @property
    def is_new(self) -> bool:
        """True where there was nothing before, so that there is nothing to compare."""
        return self.old == NOTHING


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, ready for a page."""

    pk: int
    at: datetime
    who: str
    who_id: int | None
    html: str
    text: str
    kind: str
    record_key: str
    changes: list[Change]
    is_held_back: bool
    address: str
    browser: str
    road: str
    road_words: str
    url: str
    request_id: str

    @property
    def compares(self) -> bool:
        """Whether there is anything before to compare with."""
        return self.is_held_back or not all(change.is_new for change in self.changes)


def show_to(model: type[Model], visible_to: Scope) -> None:
    """Show names and values of these records only to whom `visible_to(user)` gives the record."""
    _scopes[model] = visible_to


def lines(entries: Iterable[AuditLog], user: Any) -> list[Line]:
    """Entries in words, at a query for each kind of record and of name on the page."""
    found = list(entries)
    kinds = {each.content_type_id: _model(each) for each in found}
    seen = _visible(found, kinds, user)
    names = _names(found)
    return [_line(each, kinds[each.content_type_id], seen, names) for each in found]


def history(record: Model, user: Any, *, most: int = HISTORY) -> dict[str, Any]:
    """What `audit/_history.html` shows: the newest entries about one record.

    The caller has asked whether `user` may see it. From where things were done is for readers
    of the audit log alone.
    """
    entries = AuditLog.objects.of(record).prefetch_related("actor").order_by("-pk")
    kind = ContentType.objects.get_for_model(record)
    return {
        "lines": lines(entries[:most], user),
        "may_read_log": user.has_perm("audit.view_auditlog"),
        "all_url": f"{reverse('audit:list')}?record={kind.pk}-{record.pk}",
    }


def _model(entry: AuditLog) -> type[Model] | None:
    if entry.content_type_id is None:
        return None
    try:
        return ContentType.objects.get_for_id(entry.content_type_id).model_class()
    except ContentType.DoesNotExist:  # the log outlives kinds of records
        return None


def _visible(
    entries: list[AuditLog], kinds: Mapping[int | None, type[Model] | None], user: Any
) -> dict[type[Model], set[int]]:
    wanted: dict[type[Model], set[int]] = defaultdict(set)
    for entry in entries:
        model = kinds[entry.content_type_id]
        if model in _scopes and entry.object_id is not None:
            wanted[model].add(entry.object_id)
    return {
        model: set(_scopes[model](user).filter(pk__in=pks).values_list("pk", flat=True))
        for model, pks in wanted.items()
    }


def _names(entries: list[AuditLog]) -> dict[tuple[str, int], str]:
    """{(key, id): name} of every id in these entries' values."""
    namers = sentences.namers()
    wanted: dict[Any, tuple[set[str], set[int]]] = {}
    for entry in entries:
        for values in (entry.old_values, entry.new_values):
            for key, value in (values or {}).items():
                if key in namers and (pk := _id(value)) is not None:
                    keys, pks = wanted.setdefault(namers[key], (set(), set()))
                    keys.add(key)
                    pks.add(pk)
    return {
        (key, pk): name
        for namer, (keys, pks) in wanted.items()
        for pk, name in namer(sorted(pks)).items()
        for key in keys
    }


def _id(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    return value if isinstance(value, int) else int(value) if str(value).isdecimal() else None


def _line(
    entry: AuditLog,
    model: type[Model] | None,
    seen: dict[type[Model], set[int]],
    names: dict[tuple[str, int], str],
) -> Line:
    held_back = model in _scopes and entry.object_id not in seen.get(model, set())
    kind = str(model._meta.verbose_name) if model else ""
    record = "" if held_back or not entry.object_repr else phones.name(entry.object_repr)
    who = _who(entry)
    said: dict[str, Any] = {**(entry.old_values or {}), **_known(entry.new_values)}
    sentence = sentences.of(entry.event, said)
    shown = {} if held_back else {key: _show(model, key, said[key], names) for key in said}
    number = entry.object_id or entry.object_pk
    words = {
        **shown, "who": who, "event": entry.event,
        # An auditor's own label says the kind already: "contact 7".
        "kind": "" if record.startswith(f"{kind} ") else kind,
        "record": record or (str(number) if number else ""),
    }  # fmt: skip
    if held_back:
        words |= dict.fromkeys(sentences.places(sentence) - words.keys(), HIDDEN)
    return Line(
        pk=entry.pk,
        at=entry.timestamp,
        who=who,
        who_id=entry.actor_id,
        html=sentences.as_html(sentence, words),
        text=sentences.as_text(sentence, words),
        kind=kind,
        record_key=f"{entry.content_type_id}-{entry.object_id}" if entry.object_id else "",
        changes=[] if held_back else _changes(entry, model, names, sentences.places(sentence)),
        is_held_back=held_back and bool(entry.old_values or entry.new_values),
        address=entry.remote_addr or "",
        browser=entry.user_agent,
        road=entry.tags,
        road_words=str(ROADS.get(entry.tags, entry.tags)),
        url=entry.url,
        request_id=entry.cid or "",
    )


def _known(values: dict[str, Any] | None) -> dict[str, Any]:
    """New values that are there: what was taken away is told by the old one."""
    return {key: value for key, value in (values or {}).items() if value is not None}


def _who(entry: AuditLog) -> str:
    if entry.actor is not None:
        return str(entry.actor)
    if entry.actor_id is not None:
        return _("Somebody deleted (user %(number)s)") % {"number": entry.actor_id}
    if entry.tags == "command":
        return entry.user_agent or _("Somebody at the command line")
    return _("Mercury") if entry.tags in {"task", "script"} else _("Somebody not signed in")


def _changes(
    entry: AuditLog,
    model: type[Model] | None,
    names: dict[tuple[str, int], str],
    told: set[str],
) -> list[Change]:
    old, new = entry.old_values or {}, entry.new_values or {}
    found = []
    for key in dict.fromkeys([*old, *new]):
        # What the sentence says, and did not change, needs no line of its own.
        if key in UNTOLD or (key in told and (key not in old or old[key] == new.get(key))):
            continue
        before, after = (_show(model, key, side.get(key), names) for side in (old, new))
        found.append(Change(_label(model, key), before, after))
    return found


def _label(model: type[Model] | None, key: str) -> str:
    try:
        field = model._meta.get_field(key) if model else None
    except FieldDoesNotExist:
        field = None
    return str(getattr(field, "verbose_name", key)).replace("_", " ").capitalize()


def _show(
    model: type[Model] | None, key: str, value: Any, names: dict[tuple[str, int], str]
) -> str:
    """One value in words."""
    if value is None or value == "" or value == "None":
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_show(model, key, each, names) for each in value) or NOTHING
    if isinstance(value, dict):
        return phones.text(json.dumps(value, ensure_ascii=False))
    if (pk := _id(value)) is not None and key in sentences.namers():
        return phones.name(names.get((key, pk), _("no longer there (%(number)s)") % {"number": pk}))
    return phones.text(_choice(model, key, value))


def _choice(model: type[Model] | None, key: str, value: Any) -> str:
    choices: dict[Any, Any] = {}
    if model is not None and key in {field.name for field in model._meta.concrete_fields}:
        choices = dict(getattr(model._meta.get_field(key), "flatchoices", ()))
    if value in choices:
        return str(choices[value])
    at = parse_datetime(value) if isinstance(value, str) and value[4:5] == "-" else None
    if at is not None:
        return date_format(localtime(at) if at.tzinfo else at, "DATETIME_FORMAT")
    return sentences.word(key, value)
