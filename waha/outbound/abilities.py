"""What the engines of WAHA cannot do, by its documents of 2026.7 (star, pin, archive)."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from waha.models import Engine, WahaSession

STAR, PIN, ARCHIVE = "star", "pin", "archive"
LACKING = {
    STAR: {Engine.GOWS},
    PIN: {Engine.GOWS, Engine.WPP},
    ARCHIVE: {Engine.GOWS},
}
WORDS: dict[str, Promise] = {
    STAR: gettext_lazy("star messages"),
    PIN: gettext_lazy("pin messages"),
    ARCHIVE: gettext_lazy("archive chats"),
}


def lacking(session: WahaSession, what: str) -> str:
    """Why the number's WAHA cannot do it, as a sentence; "" when it can or nobody knows."""
    engine = session.server.engine
    if engine not in LACKING[what]:
        return ""
    return _("This number's WAHA works with the engine %(engine)s, which cannot %(what)s.") % {
        "engine": engine, "what": WORDS[what],
    }  # fmt: skip
