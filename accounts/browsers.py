"""What people call the browser behind a User-Agent header."""

import re

from django.utils.translation import gettext as _

# The first that fits: Edge and Opera call themselves Chrome too, Chrome calls itself Safari.
PROGRAMS = (
    (re.compile(r"Edg(e|A|iOS)?/"), "Edge"),
    (re.compile(r"OPR/|Opera"), "Opera"),
    (re.compile(r"SamsungBrowser/"), "Samsung Internet"),
    (re.compile(r"Firefox/|FxiOS/"), "Firefox"),
    (re.compile(r"Chrome/|CriOS/|Chromium/"), "Chrome"),
    (re.compile(r"Safari/"), "Safari"),
)
SYSTEMS = (
    (re.compile(r"iPhone|iPad"), "iOS"),
    (re.compile(r"Android"), "Android"),
    (re.compile(r"Windows"), "Windows"),
    (re.compile(r"Mac OS X|Macintosh"), "macOS"),
    (re.compile(r"CrOS"), "ChromeOS"),
    (re.compile(r"Linux|X11"), "Linux"),
)


def name(user_agent: str) -> str:
    """Return `Firefox on Linux`, or that the browser is unknown."""
    program = next((word for pattern, word in PROGRAMS if pattern.search(user_agent)), "")
    system = next((word for pattern, word in SYSTEMS if pattern.search(user_agent)), "")
    if program and system:
        return _("%(browser)s on %(system)s") % {"browser": program, "system": system}
    return program or system or _("Unknown browser")
