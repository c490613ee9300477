"""The colours of words can be read on what they stand on: WCAG AA, in both themes."""

import re

import pytest

from tests.house.tree import ROOT

AA = 4.5
# Words, and every ground that style sheets put them on.
WORDS = {
    "ink": ["bg", "pane", "pane-2", "raised", "hover", "sel", "in", "out", "wall"],
    "ink-2": ["bg", "pane", "pane-2", "raised", "hover", "sel"],
    "mute": ["bg", "pane", "pane-2", "raised", "hover", "sel", "in", "wall"],
    "out-mute": ["out"],
    "brand-ink": ["bg", "pane", "pane-2", "sel"],
    "on-brand": ["brand", "brand-strong"],
    "on-pill": ["pill"],
    "rail-ink": ["rail", "rail-active"],
    "note-ink": ["note"],
    "good": ["good-bg", "pane"],
    "warn": ["warn-bg", "pane"],
    "bad": ["bad-bg", "pane"],
    "info": ["info-bg", "pane"],
}


def tokens(theme: str) -> dict[str, str]:
    """Colours by name; the dark theme changes some of the light one's."""
    sheet = (ROOT / "static" / "css" / "tokens.css").read_text()
    light, dark = sheet.split('[data-bs-theme="dark"] {')[:2]
    parts = light + dark.split("}")[0] if theme == "dark" else light
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})\b", parts))


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    digits = colour.lstrip("#")
    whole = "".join(each * 2 for each in digits) if len(digits) == 3 else digits
    parts = [int(whole[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [
        each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read_on_their_grounds(theme: str) -> None:
    found = tokens(theme)

    faint = {
        f"{word} on {ground}": round(contrast(found[word], found[ground]), 2)
        for word, grounds in WORDS.items()
        for ground in grounds
        if contrast(found[word], found[ground]) < AA
    }

    assert faint == {}


def test_contrast_of_black_on_white_is_the_known_one() -> None:
    assert round(contrast("#000", "#ffffff"), 2) == 21.0
