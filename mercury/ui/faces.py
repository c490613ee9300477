"""What stands for a person without a picture: initials, and a hue that stays theirs."""

import unicodedata
from zlib import crc32

HUES = 12


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


def _letters(part: str) -> str:
    return "".join(char for char in part if unicodedata.category(char).startswith("L"))


def _joins(word: str) -> bool:
    return unicodedata.bidirectional(word[0]) == "AL"
