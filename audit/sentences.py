"""What people read for an event: "Olga gave Ada reply access to Sales".

Each app registers the sentences of its own events in AppConfig.ready. Between braces stand
`who`, `record`, `kind` and names of values, of which the new one counts before the old one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from audit.models import NOUNS

Words = str | Promise
# Some events read otherwise by their values: a number given to a person, or to a role.
Sentence = Words | Callable[[Mapping[str, Any]], Words]
Namer = Callable[[list[int]], dict[int, str]]


@dataclass(frozen=True, slots=True)
class Topic:
    """Events that people look for together."""

    title: Words
    sentences: dict[str, Sentence]


_topics: list[Topic] = []
_sentences: dict[str, Sentence] = {}
_namers: dict[str, Namer] = {}
_words: dict[str, dict[str, Words]] = {}
_kinds: dict[str, Words] = {}

# For events nobody wrote a sentence for, by what stands behind the dot.
BY_VERB: dict[str, Words] = {
    "added": gettext_lazy("{who} added {kind} {record}"),
    "changed": gettext_lazy("{who} changed {kind} {record}"),
    "deleted": gettext_lazy("{who} deleted {kind} {record}"),
    "removed": gettext_lazy("{who} removed {kind} {record}"),
    "archived": gettext_lazy("{who} archived {kind} {record}"),
    "restored": gettext_lazy("{who} brought back {kind} {record}"),
    "merged": gettext_lazy("{who} merged another one into {kind} {record}"),
    "unmerged": gettext_lazy("{who} undid a merge into {kind} {record}"),
    "pictured": gettext_lazy("{who} changed the picture of {kind} {record}"),
    "renamed": gettext_lazy("{who} renamed {kind} {record}"),
    "uploaded": gettext_lazy("{who} uploaded {kind} {record}"),
    "downloaded": gettext_lazy("{who} downloaded {kind} {record}"),
    "exported": gettext_lazy("{who} exported {kind} {record}"),
    "viewed": gettext_lazy("{who} looked at {kind} {record}"),
}
OTHERWISE = gettext_lazy("{who}: {event} {kind} {record}")


def register(title: Words, sentences: Mapping[str, Sentence]) -> None:
    """Give these events their sentences; the filter shows them under `title`."""
    topic = next((each for each in _topics if each.title == title), None)
    if topic is None:
        topic = Topic(title, {})
        _topics.append(topic)
    topic.sentences.update(sentences)
    _sentences.update(sentences)


def register_kinds(
    title: Words,
    models: Iterable[type[Model]],
    verbs: Iterable[str] = ("added", "changed", "deleted"),
) -> None:
    """Show changes of these records under `title` in the filter; they read as BY_VERB says."""
    for model in models:
        name = model._meta.model_name or ""
        found = {f"{NOUNS.get(name, name)}.{verb}": BY_VERB[verb] for verb in verbs}
        _kinds.update(dict.fromkeys(found, model._meta.verbose_name or name))
        register(title, found)


def name_ids(keys: Iterable[str], namer: Namer) -> None:
    """Show values under these keys, which are ids, by what `namer` calls them, in one query."""
    _namers.update(dict.fromkeys(keys, namer))


def translate(key: str, words: dict[str, Words]) -> None:
    """Show the values that a key can have in these words."""
    _words[key] = words


def topics() -> list[Topic]:
    """Every event with a sentence, by topic."""
    return _topics


def namers() -> dict[str, Namer]:
    """What names the ids under which keys."""
    return _namers


def word(key: str, value: Any) -> str:
    """A value of few, in words: "reply" under "level"."""
    return str(_words.get(key, {}).get(str(value), value))


def of(event: str, values: Mapping[str, Any]) -> str:
    """The sentence of an event, its places still between braces."""
    found: Sentence | None = _sentences.get(event)
    if callable(found) and not isinstance(found, Promise):
        found = found(values)
    return str(found or BY_VERB.get(event.rpartition(".")[2], OTHERWISE))


def places(sentence: str) -> set[str]:
    """Names between the braces of a sentence."""
    return {name for _text, name, _spec, _conversion in Formatter().parse(sentence) if name}


def label(event: str) -> str:
    """An event's sentence without anybody in it, for the filter: "Gave … reply access to …"."""
    text = of(event, {})
    names = dict.fromkeys(places(text), "…") | {"kind": str(_kinds.get(event, "…"))}
    words = " ".join(text.format_map(names).split()).removeprefix("…").strip(" :")
    words = words if words.count("…") > 1 else words.removesuffix("…").strip()
    return (words[:1].upper() + words[1:]) or event


def as_text(sentence: str, names: Mapping[str, str]) -> str:
    """The sentence with its names, as plain text."""
    return " ".join(sentence.format_map(_complete(sentence, names)).split())


def as_html(sentence: str, names: Mapping[str, str]) -> str:
    """The sentence with its names set off; those may be in any script."""
    known = _complete(sentence, names)
    set_off = {
        name: format_html('<b dir="auto">{}</b>', text) if text and name != "kind" else text
        for name, text in known.items()
    }
    return format_html(sentence, **set_off)


def _complete(sentence: str, names: Mapping[str, str]) -> dict[str, str]:
    return {name: names.get(name, "") for name in places(sentence)}
