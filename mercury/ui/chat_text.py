"""WhatsApp's text marks and links as safe HTML.

The one reviewed place that marks customer text as safe: everything is escaped first, and only
the tags written here are added afterwards. Links go to http, https, mailto and tel alone.
"""

import re
from collections.abc import Callable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

# A mark opens after a space, punctuation or another mark and closes before one, as in WhatsApp:
# `2*3*4` and `snake_case_name` stay as they are.
_EDGE_BEFORE = r"(?<![\w])"
_EDGE_AFTER = r"(?![\w])"
_MARKS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (
        re.compile(
            rf"{_EDGE_BEFORE}{re.escape(mark)}(?=[^\s{re.escape(mark)}])"
            rf"([^\n{re.escape(mark)}]*[^\s{re.escape(mark)}]){re.escape(mark)}{_EDGE_AFTER}"
        ),
        tag,
    )
    for mark, tag in (("*", "strong"), ("_", "em"), ("~", "s"))
)
# Code is set aside before marks and links are looked for: nothing inside it is either.
_CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
_LINK = re.compile(
    r"(?P<url>\bhttps?://[^\s<>\"'\x00]+)"
    r"|(?P<bare>\bwww\.[\w-]+(?:\.[\w-]+)+(?:/[^\s<>\"'\x00]*)?)"
    r"|(?P<mail>\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}\b)"
    r"|(?P<tel>(?<![\w+/.])\+\d[\d ()-]{6,18}\d(?![\w]))",
    re.IGNORECASE,
)
_HELD = re.compile("\x00(\\d+)\x00")

# Symbols WhatsApp draws large when they stand alone, with their joiners and skin tones.
_EMOJI = re.compile(
    "(?:[\U0001f1e6-\U0001f1ff]{2}|[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]"
    "(?:[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d[\u2640-\u27bf\U0001f000-\U0001faff]\ufe0f?)*)"
)
LARGE_EMOJI = 3


def format_text(text: str) -> SafeString:
    """Render `text` as WhatsApp shows it: bold, italic, struck, code, links and line breaks."""
    held: list[str] = []

    def hold(html: str) -> str:
        held.append(html)
        return f"\x00{len(held) - 1}\x00"

    plain = text.replace("\x00", "")
    without_code = _CODE.sub(lambda match: hold(_code(match)), plain)
    without_links = _LINK.sub(lambda match: _link(match, hold), without_code)
    html = str(escape(without_links))
    for pattern, tag in _MARKS:
        html = pattern.sub(rf"<{tag}>\1</{tag}>", html)
    html = html.replace("\r\n", "\n").replace("\n", "<br>")
    restored = _HELD.sub(lambda match: held[int(match.group(1))], html)
    return mark_safe(restored)  # noqa: S308 - escaped above, see the module's docstring


def strip_marks(text: str) -> str:
    """Return `text` on one line and without marks, for previews and quotes."""
    line = " ".join(_CODE.sub(lambda match: match.group(1) or match.group(2), text).split())
    for pattern, _tag in _MARKS:
        line = pattern.sub(r"\1", line)
    return line


def is_emoji_only(text: str) -> bool:
    """Say whether `text` is one to three emoji and nothing else."""
    found, rest = 0, "".join(text.split())
    while rest and found <= LARGE_EMOJI:
        match = _EMOJI.match(rest)
        if not match:
            return False
        found, rest = found + 1, rest[match.end() :]
    return 0 < found <= LARGE_EMOJI and not rest


def _code(match: re.Match[str]) -> str:
    if match.group(1) is not None:
        return f"<code>{escape(match.group(1).strip())}</code>".replace("\n", "<br>")
    return f"<code>{escape(match.group(2))}</code>"


def _link(match: re.Match[str], hold: Callable[[str], str]) -> str:
    found = match.group(0)
    if match.lastgroup in {"url", "bare"}:
        shown = _without_tail(found)
        target = shown if match.lastgroup == "url" else f"https://{shown}"
        return hold(_anchor(target, shown, opens_page=True)) + found[len(shown) :]
    if match.lastgroup == "mail":
        return hold(_anchor(f"mailto:{found}", found))
    return hold(_anchor("tel:" + re.sub(r"[^\d+]", "", found), found))


def _without_tail(url: str) -> str:
    """Cut what belongs to the sentence, not to the address: `(see https://a.b/c).`"""
    while url and (url[-1] in ".,;:!?*_~" or (url[-1] == ")" and url.count(")") > url.count("("))):
        url = url[:-1]
    return url


def _anchor(target: str, shown: str, *, opens_page: bool = False) -> str:
    # noreferrer: the page opened must not learn which chat sent the reader.
    page = ' target="_blank" rel="noopener noreferrer nofollow"' if opens_page else ""
    return f'<a href="{escape(target)}"{page} dir="ltr">{escape(shown)}</a>'
