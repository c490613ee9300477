"""Text from outside, made storable."""

import re

NAME_LENGTH = 255
"""Column length of names, ids and addresses."""

PATH_LENGTH = 500
"""Column length of media addresses."""

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean(text: str) -> str:
    """Return `text` without NULs and lone surrogates.

    MySQL's utf8mb4 refuses half a surrogate pair, and a JavaScript `substring` through an
    emoji makes one; the rest of the message is still worth keeping.
    """
    return text if text.isascii() and "\x00" not in text else UNSTORABLE.sub(REPLACEMENT, text)


def cut(text: str, length: int = NAME_LENGTH) -> str:
    """Return clean `text`, shortened with an ellipsis where the column could not hold it."""
    cleaned = clean(text)
    return cleaned if len(cleaned) <= length else cleaned[: length - 1] + "…"
