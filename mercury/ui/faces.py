"""What stands for a person without a picture: initials, and a hue that stays theirs."""

import math
import re
import unicodedata
from zlib import crc32

HUES = 12
# The angles of tokens.css's .hue-0 to .hue-11 on the OKLCH circle.
ANGLES = (182, 255, 40, 305, 145, 10, 230, 70, 280, 110, 340, 205)
GREY = 0.02
"""Below so much chroma a colour has no hue worth the name."""


def initials(name: str) -> str:
    """Return up to two letters of `name`; `#` for a phone number or nothing to show."""
    words = [word for word in (_letters(part) for part in name.split()) if word]
    if not words:
        return "#"
    if len(words) == 1:
        return words[0][:1].upper() if _joins(words[0]) else words[0][:2].title()
    if _joins(words[0]):
        # Letters of joined scripts change their shape side by side: one reads better than two.
        return words[0][:1]
    return (words[0][:1] + words[-1][:1]).upper()


def hue(key: object) -> int:
    """Return the hue 0 to 11 that always goes with `key`."""
    if isinstance(key, int):
        return key % HUES
    return crc32(str(key).encode()) % HUES


def nearest_hue(color: str) -> int | None:
    """Return the hue 0 to 11 that looks most like `#rrggbb`; None for greys and what is no colour.

    Foreign colours are shown in our own tones, so that words on them can be read in both themes.
    """
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        return None
    red, green, blue = (_linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    # From linear sRGB to OKLab, by Björn Ottosson's matrices.
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    if math.hypot(a, b) < GREY:
        return None
    angle = math.degrees(math.atan2(b, a)) % 360
    return min(range(HUES), key=lambda place: _apart(ANGLES[place], angle))


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _apart(one: float, other: float) -> float:
    return abs((one - other + 180) % 360 - 180)


def _letters(part: str) -> str:
    return "".join(char for char in part if unicodedata.category(char).startswith("L"))


def _joins(word: str) -> bool:
    return unicodedata.bidirectional(word[0]) == "AL"
