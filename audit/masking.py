"""What logs may not hold: secrets, phones, addresses; and control characters, which forge lines."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings

HIDDEN = "•••"

NAMES_TO_HIDE = (
    "password|passwd|secret|token|api[-_]?key|x-api-key|hmac|cookie|authorization|session[-_]?id|"
    "csrf|signature|credential|private[-_]?key|encryption|totp|recovery"
)
# name=value, name: value, "name": "value", also `Bearer abc` and `Cookie: a=b; c=d`.
_NAMED = re.compile(
    rf"(?i)([\w.-]*(?:{NAMES_TO_HIDE})[\w.-]*[\"']?\s*(?:=|:|=>)\s*)"
    r"(\"[^\"]*\"|'[^']*'|(?:bearer|basic|token)\s+\S+|[^\s,;&)}\]]+(?:;\s*[\w.-]+=[^\s;]+)*)"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}")
_USERINFO = re.compile(r"(\w+://)[^\s/@:]*:[^\s/@]+@")
_QUERY = re.compile(r"(https?://[^\s?\"'<>]+)\?[^\s\"'<>]+")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.:/-])\+?\d[\d ()/-]{5,20}\d(?![\w:-])")
_LONG = re.compile(r"(?<![\w/.])(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[\w+=-]{24,}(?![\w/.])")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z_.\- ]{0,40}|\d{1,4}|")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def hide(_value: object = "") -> str:
    """What stands in the audit log for a value that it must not hold."""
    return HIDDEN


def is_secret_name(name: str) -> bool:
    """Whether a field of this name holds what no log may."""
    return re.search(NAMES_TO_HIDE, name, re.IGNORECASE) is not None


def scrub(text: str) -> str:
    """The text without secrets of this installation, keys, phones and mail addresses."""
    for secret in _own_secrets():
        if secret in text:
            text = text.replace(secret, HIDDEN)
    text = _USERINFO.sub(rf"\1{HIDDEN}@", text)
    text = _QUERY.sub(rf"\1?{HIDDEN}", text)
    text = _NAMED.sub(rf"\1{HIDDEN}", text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    text = _MAIL.sub(HIDDEN, text)
    text = _LONG.sub(_token, text)
    return _PHONE.sub(_phone, text)


def scrub_error(text: str) -> str:
    """`scrub` for what an exception says: quoted values, which may be anything, go as well."""
    return scrub(_QUOTED.sub(_quoted, text))


def one_line(text: str) -> str:
    """The text with control characters spelled out: a name with a line break forges no line."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def scrub_values(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Old or new values of an audit entry, those of secret names hidden at any depth."""
    if values is None:
        return None
    return {name: _value(str(name), value) for name, value in values.items()}


def _value(name: str, value: Any) -> Any:
    # Flags and counts give nothing away: `password: true` says that it was changed.
    if is_secret_name(name) and isinstance(value, str | bytes | list | dict) and value:
        return HIDDEN
    if isinstance(value, Mapping):
        return scrub_values(value)
    return value


def _token(found: re.Match[str]) -> str:
    return found[0] if _UUID.fullmatch(found[0]) else HIDDEN


def _phone(found: re.Match[str]) -> str:
    digits = sum(char.isdigit() for char in found[0])
    # Up to nine bare digits are ids and counts; with a plus or spaces they are phones.
    bare = found[0].isdigit()
    return found[0] if digits < (10 if bare else 7) or digits > 17 or _date(found[0]) else HIDDEN


def _date(text: str) -> bool:
    return re.match(r"\d{4}-\d{2}-\d{2}\b", text) is not None


def _quoted(found: re.Match[str]) -> str:
    inside = found[1] if found[1] is not None else found[2]
    kept = _IDENTIFIER.fullmatch(inside or "") and (inside or "").count(" ") == 0
    return found[0] if kept else f"'{HIDDEN}'"


@cache
def _own_secrets() -> tuple[str, ...]:
    """Secrets of the settings, longest first; those too short to look for are left out."""
    found = [settings.SECRET_KEY, settings.WAHA_API_KEY, settings.WAHA_HMAC_KEY]
    found.append(getattr(settings, "EMAIL_HOST_PASSWORD", ""))
    for url in (settings.REDIS_URL, settings.STORAGE_URL, settings.SENTRY_DSN):
        parts = urlsplit(url)
        found += [parts.password or "", unquote(parts.password or "")]
    found += [str(database.get("PASSWORD") or "") for database in settings.DATABASES.values()]
    return tuple(sorted({each for each in found if each and len(each) >= 6}, key=len, reverse=True))
