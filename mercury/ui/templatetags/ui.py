"""Tags and filters every template may use: `{% load ui %}`."""

import re
from datetime import date, datetime
from functools import cache

from django import template
from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import Message
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat
from django.templatetags.static import static
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mercury.ui import chat_text, clock, faces, phones

register = template.Library()


@cache
def icon_names() -> frozenset[str]:
    """Return the names of the icons in the sprite."""
    sprite = settings.BASE_DIR / "static" / "icons" / "sprite.svg"
    return frozenset(re.findall(r'<symbol id="([^"]+)"', sprite.read_text()))


@register.simple_tag
def icon(name: str, classes: str = "", label: str = "") -> SafeString:
    """Draw an icon of the sprite; hidden from screen readers unless `label` says what it means.

    Raises ValueError for a name that the sprite does not have.
    """
    if name not in icon_names():
        raise ValueError(f"No icon {name!r} in static/icons/sprite.svg.")
    return format_html(
        '<svg class="icon{}" {}><use href="{}#{}"></use></svg>',
        f" {classes}" if classes else "",
        format_html('role="img" aria-label="{}"', label)
        if label
        else SafeString('aria-hidden="true" focusable="false"'),
        static("icons/sprite.svg"),
        name,
    )


@register.simple_tag
def query_with(query: str, **changes: object) -> str:
    """Return `?query` with some keys set and those given as None or "" taken out; "" if empty."""
    values = QueryDict(query, mutable=True)
    for key, value in changes.items():
        if value is None or value == "":
            values.pop(key, None)
        else:
            values[key] = str(value)
    encoded = values.urlencode()
    return f"?{encoded}" if encoded else ""


@register.simple_tag
def phones_shown() -> bool:
    """Say whether the reader may see phone numbers in full."""
    return phones.are_shown()


@register.simple_tag(takes_context=True)
def waiting_notices(context: template.Context) -> list[Message]:
    """Return Django's messages for the user, which a page of chat `messages` would hide."""
    request = context.get("request")
    return list(get_messages(request)) if request is not None else []


register.filter("initials", faces.initials)
register.filter("hue", faces.hue)
register.filter("format_text", chat_text.format_text)
register.filter("strip_marks", chat_text.strip_marks)


@register.filter(expects_localtime=False)
def chat_time(at: datetime | None) -> str:
    """Short time of a list row; nothing for a chat without messages."""
    return clock.chat_time(at) if at else ""


@register.filter(expects_localtime=False)
def bubble_time(at: datetime) -> str:
    """Hours and minutes of a message."""
    return clock.bubble_time(at)


@register.filter
def day_name(day: date) -> str:
    """Words of a day line."""
    return clock.day_name(day)


@register.filter
def duration(seconds: float | None) -> str:
    """Minutes and seconds; nothing when unknown."""
    return "" if seconds is None else clock.duration(seconds)


@register.filter
def limit_size(size: int) -> str:
    """A limit in bytes as people say it: 100 MB, not 100.0 MB."""
    megabytes, rest = divmod(size, 1024 * 1024)
    # Django's own words and translations of them.
    return filesizeformat(size) if rest else gettext("%s MB") % number_format(megabytes)


@register.filter
def badge_count(number: int) -> str:
    """A count as badges show it: they stop at 99+."""
    return str(number) if number < 100 else "99+"


# Icons of the kinds of message, for previews, quotes and cards.
KIND_ICONS = {
    "image": "photo",
    "video": "video",
    "voice": "microphone",
    "audio": "file-music",
    "document": "file-text",
    "sticker": "sticker",
    "location": "map-pin",
    "contact": "user",
    "poll": "list-check",
    "system": "info-circle",
    "unsupported": "help-circle",
}


@register.filter
def kind_icon(kind: str) -> str:
    """The icon of a kind of message; none for text."""
    return KIND_ICONS.get(kind, "")


KIND_WORDS = {
    "image": _("Photo"),
    "video": _("Video"),
    "voice": _("Voice message"),
    "audio": _("Audio"),
    "document": _("Document"),
    "sticker": _("Sticker"),
    "location": _("Location"),
    "contact": _("Contact"),
    "poll": _("Poll"),
    "system": _("Notice"),
    "unsupported": _("Look at the phone"),
}


@register.filter
def kind_word(kind: str) -> str:
    """What a message without text is; nothing for text."""
    return str(KIND_WORDS.get(kind, ""))


FILE_ICONS = (
    ("pdf", "file-type-pdf"),
    ("sheet", "file-spreadsheet"),
    ("excel", "file-spreadsheet"),
    ("csv", "file-spreadsheet"),
    ("zip", "file-zip"),
    ("compressed", "file-zip"),
    ("audio", "file-music"),
)


@register.filter
def file_icon(mime: str) -> str:
    """The icon of a file by its media type."""
    return next((icon for part, icon in FILE_ICONS if part in mime), "file-text")


register.filter("is_emoji_only", chat_text.is_emoji_only)
