"""The frame of every page: sections, theme, error pages, vendored files."""

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import translation

from accounts.models import User
from mercury.ui import errors, navigation

STATIC = Path(settings.BASE_DIR) / "static"
VENDOR = STATIC / "vendor"


def request_of(user: User | AnonymousUser, path: str = "/inbox/", theme: str = "") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = user
    request.COOKIES = {"theme": theme} if theme else {}
    request.META["mercury.request_id"] = "abc123"
    return request


def labels(user: User | AnonymousUser) -> list[str]:
    sections = navigation.navigation(request_of(user))["sections"]
    assert isinstance(sections, list)
    return [str(item.label) for item in sections]


def test_navigation_shows_nothing_to_guests() -> None:
    assert labels(AnonymousUser()) == []


def test_navigation_leaves_out_what_is_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    built = navigation.Section("Inbox", "inbox:list", "inbox")
    missing = navigation.Section("Fleet", "fleet:list", "inbox")
    monkeypatch.setattr(navigation, "SECTIONS", (built, missing))

    assert labels(User(pk=1)) == ["Inbox"]


def test_navigation_shows_what_asks_to_nobody_while_no_rule_says_whom_it_lets_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asking = navigation.Section("Logs", "inbox:list", "inbox", asks=True)
    monkeypatch.setattr(navigation, "SECTIONS", (asking,))
    before = labels(User(pk=1, is_superuser=True))

    monkeypatch.setitem(navigation._rules, "inbox:list", lambda user: user.pk == 1)

    assert (before, labels(User(pk=1)), labels(User(pk=2))) == ([], ["Logs"], [])


def test_navigation_marks_the_section_of_the_page(db: None) -> None:
    user = User.objects.create_user("olga@example.com", name="Olga")

    sections = navigation.navigation(request_of(user, "/inbox/12/"))["sections"]

    assert isinstance(sections, list)
    assert [item.url for item in sections if item.is_active] == ["/inbox/"]


@pytest.mark.parametrize(
    ("cookie", "choice", "theme"),
    [
        ("", "system", "light"),
        ("dark", "dark", "dark"),
        ("light", "light", "light"),
        ("system", "system", "light"),
        ('"><script>', "system", "light"),
    ],
)
def test_navigation_reads_the_theme(cookie: str, choice: str, theme: str) -> None:
    context = navigation.navigation(request_of(AnonymousUser(), theme=cookie))

    assert (context["theme_choice"], context["theme"]) == (choice, theme)


def test_server_error_needs_no_database_and_names_the_request() -> None:
    response = errors.server_error(request_of(AnonymousUser()))

    page = response.content.decode()
    assert response.status_code == 500
    assert "<code>abc123</code>" in page


@pytest.mark.parametrize("name", ["bad_request", "csrf_failure"])
def test_error_pages_say_what_to_do(name: str) -> None:
    request = request_of(AnonymousUser())

    response = getattr(errors, name)(request, ValueError("secret detail"))

    page = response.content.decode()
    assert response.status_code == {"bad_request": 400, "csrf_failure": 403}[name]
    assert "secret detail" not in page
    assert "Go back" in page


@pytest.mark.django_db
def test_sign_in_page_follows_language_and_theme(client: Client) -> None:
    client.cookies["theme"] = "dark"

    with translation.override("en"):  # the request's own language must not outlive the test
        page = client.get("/accounts/login/", headers={"accept-language": "ar"}).content.decode()

    assert '<html lang="ar" dir="rtl" data-bs-theme="dark" data-theme-choice="dark">' in page
    assert "tabler.rtl.min.css" in page


def versions() -> list[tuple[str, str]]:
    lines = (VENDOR / "VERSIONS").read_text().splitlines()
    return [
        (line.split()[1], line.split()[0]) for line in lines if re.match(r"[0-9a-f]{64} ", line)
    ]


@pytest.mark.parametrize(("path", "digest"), versions())
def test_vendored_files_are_as_written_down(path: str, digest: str) -> None:
    assert hashlib.sha256((VENDOR / path).read_bytes()).hexdigest() == digest


def test_vendored_files_are_all_written_down() -> None:
    present = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    listed = {path for path, _digest in versions()}

    assert {
        path for path in present - listed if not path.endswith(("LICENSE", "VERSIONS"))
    } == set()


def test_styles_and_scripts_name_only_files_that_exist() -> None:
    """Hashed static files fail at collectstatic on the first address that leads nowhere."""
    missing = [
        f"{path.name}: {target}"
        for path in [*STATIC.glob("css/*.css"), *STATIC.glob("js/**/*.js")]
        for target in re.findall(r'url\("([^"]+)"\)|from "([^"]+)"', path.read_text())
        if not (path.parent / "".join(target)).resolve().is_file()
    ]

    assert missing == []


def test_scripts_write_no_html() -> None:
    """What customers wrote reaches the page as text or through the server's templates alone."""
    unsafe = re.compile(r"innerHTML|outerHTML\s*=(?!=)|insertAdjacentHTML|document\.write|\beval\(")
    found = [
        f"{path.name}: {match.group(0)}"
        for path in STATIC.glob("js/**/*.js")
        for match in unsafe.finditer(path.read_text())
    ]

    assert found == []
