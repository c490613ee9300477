"""File names as strangers wrote them, made fit to show and to put into a header."""

import unicodedata

MAX_LENGTH = 255
# Marks that turn the direction of the text round: `annexe<RLO>gpj.exe` reads as a picture.
BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
SEPARATORS = "/\\"


def clean_name(name: str, *, fallback: str = "file") -> str:
    """The last part of a path without control characters, at most 255 long, never empty."""
    for separator in SEPARATORS:
        name = name.rpartition(separator)[2]
    kept = "".join(character for character in name if _is_plain(character))
    return shorten(" ".join(kept.split()).strip(". ") or fallback)


def shorten(name: str) -> str:
    """Cut a long name in its middle, so that the extension stays."""
    if len(name) <= MAX_LENGTH:
        return name
    tail = name[-20:]
    return name[: MAX_LENGTH - len(tail) - 1] + "…" + tail


def extension_of(name: str) -> str:
    """The plain, lower-case extension without its dot, or "": at most ten letters and digits."""
    _stem, dot, suffix = clean_name(name).rpartition(".")
    suffix = suffix.lower()
    return suffix if dot and suffix.isascii() and suffix.isalnum() and len(suffix) <= 10 else ""


def _is_plain(character: str) -> bool:
    # Cc control, Cs surrogate (no UTF-8 for it), Co private, Cn unassigned.
    return character not in BIDI_CONTROLS and unicodedata.category(character) not in {
        "Cc",
        "Cs",
        "Co",
        "Cn",
        "Zl",
        "Zp",
    }
