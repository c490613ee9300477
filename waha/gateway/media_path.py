"""Which media addresses we are willing to fetch."""

import re
from urllib.parse import quote, unquote, urlsplit

from waha.gateway.errors import BadMediaUrl

MAX_LENGTH = 500
PREFIX = "/api/files/"
_ALLOWED = re.compile(r"[\x21-\x7e]+")
_SEGMENT = re.compile(r"[A-Za-z0-9_@=+.-]+")


def media_path(url: object) -> str:
    """Return the path of a WAHA media address, for use on the configured base only.

    WAHA writes its own idea of its host into every address, so the host is dropped, whatever
    it is: a webhook cannot make us call anybody else. Query and fragment go with it. Raises
    BadMediaUrl for anything but `/api/files/<plain names>`, however it is encoded.
    """
    if not isinstance(url, str) or len(url) > MAX_LENGTH or not _ALLOWED.fullmatch(url):
        raise BadMediaUrl("The file's address is empty, too long or has odd characters.")
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise BadMediaUrl("The file's address cannot be read.") from error
    absolute = parts.scheme in {"http", "https"} and host and "@" not in parts.netloc
    relative = url.startswith("/") and not url.startswith("//")
    if "\\" in url or not (absolute or relative):
        raise BadMediaUrl("The file's address is not a web address of WAHA's.")
    if not parts.path.startswith(PREFIX):
        raise BadMediaUrl("The file's address is not one of WAHA's files.")
    # Bytes that are no text become U+FFFD here, which is no plain name.
    names = [unquote(name) for name in _segments(parts.path)]
    if not all(_SEGMENT.fullmatch(name) and name.strip(".") for name in names):
        raise BadMediaUrl("The file's address has a name in it that is not a plain one.")
    return PREFIX + "/".join(quote(name, safe="@=+") for name in names)


def _segments(path: str) -> list[str]:
    names = path.removeprefix(PREFIX).split("/")
    # WAHA writes <session>/<file>; older versions only <file>.
    if len(names) > 2 or any(re.search(r"%(?![0-9A-Fa-f]{2})", name) for name in names):
        raise BadMediaUrl("The file's address has more parts than WAHA's have.")
    return names
