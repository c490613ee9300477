"""From the bytes of a request to a JSON object."""

import json
from typing import Any, NoReturn

from waha.gateway.payloads.errors import PayloadError
from waha.gateway.payloads.fields import JsonObject

MAX_DEPTH = 200
"""Quoted messages nest some twenty levels; what is deeper was made to exhaust the stack."""


def decode(raw: bytes) -> JsonObject:
    """Return the JSON object in `raw`.

    Raises PayloadError on anything that is not UTF-8, not JSON (NaN and Infinity are not),
    not an object, nested deeper than MAX_DEPTH, or holds a number of thousands of digits.
    Lone surrogates and NULs pass here: the field readers replace them.
    """
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise PayloadError("The body is not UTF-8 text.") from None
    except RecursionError:
        raise PayloadError(f"The JSON is nested deeper than {MAX_DEPTH} levels.") from None
    except ValueError as error:
        # JSONDecodeError, and int() past its digit limit. The position alone: never the content.
        position = getattr(error, "pos", None)
        where = "" if position is None else f" (position {position})"
        raise PayloadError(f"The body is not valid JSON{where}.") from None
    if not isinstance(value, dict):
        raise PayloadError("The body is JSON but not an object.")
    # Counting brackets is cheap and settles nearly every real body.
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
        raise PayloadError(f"The JSON is nested deeper than {MAX_DEPTH} levels.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _is_deeper(value: JsonObject, limit: int) -> bool:
    level: list[Any] = [value]
    for _ in range(limit):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True
