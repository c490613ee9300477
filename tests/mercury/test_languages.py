"""The languages offered are translated, and what runs is what the translators wrote."""

import ast
import gettext
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext

from tests.house.tree import python_files, templates

LOCALE = Path(settings.BASE_DIR) / "locale"
LANGUAGES = sorted(path.name for path in LOCALE.iterdir())
ENOUGH = 0.97
QUOTED = re.compile(r'^(?:(msgid_plural|msgid|msgstr(?:\[\d\])?) )?(".*")$')
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
TEMPLATE_WORDS = re.compile(r"""{% translate (?P<mark>["'])(?P<words>.*?)(?P=mark)""")
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}


class Entry(NamedTuple):
    """One message: what the code says, its plural (or nothing), what it is in a language."""

    msgid: str
    plural: str
    words: tuple[str, ...]


@cache
def entries(language: str) -> list[Entry]:
    """The messages of a .po file, without its head."""
    text = (LOCALE / language / "LC_MESSAGES" / "django.po").read_text()
    found = [fields(block) for block in text.split("\n\n")]
    return [
        Entry(
            block["msgid"],
            block.get("msgid_plural", ""),
            tuple(words for key, words in block.items() if key.startswith("msgstr")),
        )
        for block in found
        if block.get("msgid")
    ]


def fields(block: str) -> dict[str, str]:
    said: dict[str, str] = {}
    key = ""
    for line in block.splitlines():
        if match := QUOTED.match(line):
            key = match[1] or key
            said[key] = said.get(key, "") + ast.literal_eval(match[2])
    return said


def compiled(language: str) -> dict[object, str]:
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        catalog: dict[object, str] = vars(gettext.GNUTranslations(file))["_catalog"]
    return {key: words for key, words in catalog.items() if key != ""}


def said_in_templates() -> Iterator[str]:
    for path in templates():
        for match in TEMPLATE_WORDS.finditer(path.read_text()):
            yield match["words"].replace("%", "%%")


def said_in_python() -> Iterator[str]:
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(words)), *_]):
                    if name in MARKS:
                        yield words


def test_every_offered_language_has_its_words() -> None:
    assert sorted(code for code, _ in settings.LANGUAGES) == sorted(["en", *LANGUAGES])
    assert LANGUAGES == ["ar", "de"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_words_are_those_of_the_translators(language: str) -> None:
    """Machines without gettext run what is compiled here: msgfmt after every change."""
    written: dict[object, str] = {}
    for entry in entries(language):
        for form, words in enumerate(entry.words):
            if all(entry.words):
                written[(entry.msgid, form) if entry.plural else entry.msgid] = words

    assert compiled(language) == written


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_translated(language: str) -> None:
    text = (LOCALE / language / "LC_MESSAGES" / "django.po").read_text()
    done = [entry for entry in entries(language) if all(entry.words)]

    assert len(done) >= ENOUGH * len(entries(language)) > 0
    assert re.findall(r"^#, fuzzy", text, re.MULTILINE) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_pages_and_code_are_known(language: str) -> None:
    """New words reach the translators: `makemessages` (CONTRIBUTING.md) collects them."""
    said = {*said_in_templates(), *said_in_python()}
    known = {entry.msgid for entry in entries(language)}

    assert len(said) > 500
    assert len(said & known) >= ENOUGH * len(said), sorted(said - known)


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_stay(language: str) -> None:
    """A form for exactly one count may leave the count out: "one message"."""
    wrong = []
    for entry in entries(language):
        wanted = set(PLACEHOLDER.findall(entry.plural or entry.msgid))
        for words in filter(None, entry.words):
            got = set(PLACEHOLDER.findall(words))
            if got != wanted and not (entry.plural and got < wanted):
                wrong.append((entry.msgid, words))

    assert wrong == []


@pytest.mark.parametrize(("language", "forms"), [("ar", 6), ("de", 2)])
def test_plurals_have_all_their_forms(language: str, forms: int) -> None:
    plural = [entry for entry in entries(language) if entry.plural]

    assert {len(entry.words) for entry in plural} == {forms}


def test_arabic_counts_as_arabic_does() -> None:
    with translation.override("ar"):
        said = [
            ngettext("%(n)s unread message", "%(n)s unread messages", n) % {"n": n}
            for n in (1, 2, 5, 11, 100)
        ]

    assert said == [
        "رسالة واحدة غير مقروءة",
        "رسالتان غير مقروءتين",
        "5 رسائل غير مقروءة",
        "11 رسالة غير مقروءة",
        "100 رسالة غير مقروءة",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "direction", "words"),
    [("ar", "rtl", "مرحبًا بعودتك"), ("de", "ltr", "Willkommen zurück"), ("es", "ltr", "Welcome")],
)
def test_sign_in_speaks_the_language_of_the_browser(
    client: Client, language: str, direction: str, words: str
) -> None:
    page = client.get(
        reverse("account_login"), headers={"accept-language": language}
    ).content.decode()

    assert f'dir="{direction}"' in page
    assert words in page
