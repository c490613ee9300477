"""The colours of words can be read on what they stand on: WCAG AA, in both themes."""

import math
import re

import pytest

from mercury.ui import faces
from tests.house.tree import ROOT
from waha.gateway.label_colors import COLORS

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


def toned(theme: str, part: str, hue: int) -> str:
    """The hex of `oklch(var(--<part>-l) var(--<part>-c) hue)`, by Björn Ottosson's matrices."""
    sheet = (ROOT / "static" / "css" / "tokens.css").read_text()
    place = {"light": 0, "dark": 1}[theme]
    light = float(re.findall(rf"--{part}-l: ([\d.]+)%", sheet)[place]) / 100
    chroma = float(re.findall(rf"--{part}-c: ([\d.]+)", sheet)[place])
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    parts = [min(max(each, 0.0), 1.0) for each in linear]
    curved = [
        12.92 * each if each <= 0.0031308 else 1.055 * each ** (1 / 2.4) - 0.055 for each in parts
    ]
    return "#" + "".join(f"{round(255 * each):02x}" for each in curved)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_names_of_labels_can_be_read_in_every_hue(theme: str) -> None:
    ratios = {
        hue: contrast(toned(theme, "tone", hue), toned(theme, "tint", hue)) for hue in faces.ANGLES
    }

    assert len(ratios) == faces.HUES
    assert {hue: round(ratio, 2) for hue, ratio in ratios.items() if ratio < AA} == {}


def test_colours_to_choose_from_are_whatsapps_and_show_which_is_chosen() -> None:
    sheet = (ROOT / "static" / "css" / "labels.css").read_text()

    swatches = re.findall(r"\.swatch-(\d+) \{ --swatch: (#[0-9a-f]{6}); \}", sheet)

    assert [colour for _number, colour in swatches] == list(COLORS)
    assert [int(number) for number, _colour in swatches] == list(range(len(COLORS)))
    tick = re.findall(r"\.swatch-face \{[^}]*\bcolor: (#[0-9a-f]{6})", sheet)[0]
    assert min(contrast(tick, colour) for colour in COLORS) >= AA
