"""The rail shows what one may open: every link of every page opens, for every role."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import SEEDED, seed_roles
from audit.models import ErrorLog
from mercury.ops.seeding import factories
from tests.factories import make_message
from waha import sharing
from waha.models import Level, WahaChat, WahaSession

pytestmark = pytest.mark.django_db

ROLES = ["", *(role.name for role in SEEDED)]
RAIL = re.compile(r'class="rail-link[^"]*" href="([^"]+)"')
LINK = re.compile(r'<a [^>]*?href="([^"#]+)')
# Shown to whom the role alone lets in, and to staff of it.
LOGS = {"/audit/", "/errors/", "/ops/"}


def enter(role: str, *, staff: bool, number: WahaSession) -> Client:
    user = factories.make_user(role=role, is_staff=staff)
    if role:
        sharing.share(session=number, user=user, level=Level.MANAGE, by=None)
    client = Client()
    client.force_login(user, backend="accounts.backends.RoleBackend")
    return client


def own_links(page: str, html: str) -> Iterator[str]:
    """Addresses of ours that a page links to."""
    for href in LINK.findall(html):
        address = urljoin(page, unescape(href))
        if address.startswith("/") and not address.startswith("//"):
            yield address


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize(
    ("role", "staff"), [("Agent", False), ("Owner", False), *((role, True) for role in ROLES)]
)
def test_every_link_of_every_section_opens(
    role: str, staff: bool, chat: WahaChat, number: WahaSession
) -> None:
    seed_roles()
    make_message(chat)
    ErrorLog.objects.create(level="ERROR", kind="ValueError", message="boom", fingerprint="f")
    client = enter(role, staff=staff, number=number)
    rail = RAIL.findall(client.get("/inbox/").content.decode())
    seen: dict[str, int] = {}

    for section in rail:
        page = client.get(section)
        seen[section] = page.status_code
        for address in own_links(section, page.content.decode()):
            if urlsplit(address).path not in {urlsplit(each).path for each in seen}:
                seen[address] = client.get(address).status_code

    assert {address: status for address, status in seen.items() if status not in {200, 302}} == {}
    holds_logs = role in {"Owner", "Admin"}
    assert set(rail) & LOGS == (LOGS if holds_logs else set())
    assert ("/admin/" in rail) == (staff and bool(role))
    assert len(seen) > 8


def test_somebody_who_loses_a_right_loses_its_section() -> None:
    seed_roles()
    user = factories.make_user(role="Admin", is_staff=True)
    client = Client()
    client.force_login(user, backend="accounts.backends.RoleBackend")
    before = RAIL.findall(client.get("/inbox/").content.decode())

    user.groups.set([])

    after = RAIL.findall(client.get("/inbox/").content.decode())
    assert {"/audit/", "/admin/"} <= set(before)
    assert set(after) & {"/audit/", "/admin/", "/errors/", "/ops/"} == set()


def test_the_superuser_sees_every_section(db: None) -> None:
    boss = User.objects.create_superuser("boss@example.com", "pw", name="Boss")
    client = Client()
    client.force_login(boss, backend="accounts.backends.RoleBackend")

    rail = set(RAIL.findall(client.get("/inbox/").content.decode()))

    assert rail >= {"/admin/", *LOGS}
