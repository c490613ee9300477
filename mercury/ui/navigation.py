"""What every page's frame needs: the sections of the rail, the theme and the direction."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

THEMES = ("light", "dark", "system")
THEME_COOKIE = "theme"

Visitor = AbstractBaseUser | AnonymousUser


def _everybody(user: Visitor) -> bool:
    return True


def _nobody(user: Visitor) -> bool:
    return False


@dataclass(frozen=True)
class Section:
    """One part of the product; shown once its page exists and the user may open it."""

    label: str | Promise
    url_name: str
    icon: str
    at_foot: bool = False
    asks: bool = False
    """Whether it is shown only to whom a rule lets in; `let_in` sets the rule."""


@dataclass(frozen=True)
class NavigationItem:
    """A section as the rail draws it; `mark` names the dot that the inbox lights on it."""

    label: str | Promise
    url: str
    icon: str
    is_active: bool
    at_foot: bool
    mark: str = ""


SECTIONS = (
    Section(_("Inbox"), "inbox:list", "inbox"),
    Section(_("Numbers"), "numbers:list", "device-mobile"),
    Section(_("Calls"), "calls:list", "phone"),
    Section(_("Contacts"), "contacts:list", "users"),
    Section(_("Companies"), "companies:list", "building"),
    Section(_("Instructors"), "instructors:list", "school"),
    Section(_("Search"), "search:list", "search"),
    Section(_("Audit log"), "audit:list", "history", at_foot=True, asks=True),
    Section(_("Errors"), "errors:list", "bug", at_foot=True, asks=True),
    Section(_("Health"), "ops:index", "activity", at_foot=True, asks=True),
    Section(_("Administration"), "admin:index", "settings", at_foot=True, asks=True),
)

# Who may open what; the apps that know lie to the right of this one.
_rules: dict[str, Callable[[Visitor], bool]] = {}


def let_in(url_name: str, allowed: Callable[[Visitor], bool]) -> None:
    """Show a section to those of its users whom `allowed` lets in."""
    _rules[url_name] = allowed


MARKS = {"inbox:list": "inbox", "numbers:list": "numbers"}


def navigation(request: HttpRequest) -> dict[str, object]:
    """Give templates `sections`, `theme`, `theme_choice` and `request_id`."""
    choice = request.COOKIES.get(THEME_COOKIE, "system")
    if choice not in THEMES:
        choice = "system"
    return {
        "sections": _sections(request),
        "theme_choice": choice,
        # "system" is known to the browser alone: theme.js corrects it before the first paint.
        "theme": "dark" if choice == "dark" else "light",
        "request_id": request.META.get("mercury.request_id", ""),
    }


def _sections(request: HttpRequest) -> list[NavigationItem]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    items = []
    for section in SECTIONS:
        url = _url(section.url_name)
        allowed = _rules.get(section.url_name, _nobody) if section.asks else _everybody
        if url and allowed(user):
            active = request.path.startswith(url)
            mark = MARKS.get(section.url_name, "")
            items.append(
                NavigationItem(section.label, url, section.icon, active, section.at_foot, mark)
            )
    return items


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
