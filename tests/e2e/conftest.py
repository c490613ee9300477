"""Browser journeys: Chromium against the whole product with a worker and the simulator."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from mercury import celery
from tests.e2e import accessibility
from tests.e2e import site as product
from tests.e2e.inbox import Inbox
from tests.fixtures.simulator import SPEED, SUPPORT
from tests.house.tree import ROOT
from waha.gateway.simulator import Simulator
from waha.inbound import counts, doors
from waha.inbox import redis_stream, relay
from waha.models import WahaServer

# Playwright's loop runs in the test's thread, where Django would refuse to touch the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# A busy machine is slow; what is broken stays broken.
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)


def pytest_configure(config: pytest.Config) -> None:
    """Keep a picture and a trace of what failed, under var/e2e."""
    # Under ASGI Django leaves static files and form bodies to the garbage collector.
    config.addinivalue_line("filterwarnings", "ignore::ResourceWarning")
    config.option.output = str(ROOT / "var" / "e2e")
    if config.option.screenshot == "off":
        config.option.screenshot = "only-on-failure"
    if config.option.tracing == "off":
        config.option.tracing = "retain-on-failure"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/tests/e2e/" in item.path.as_posix():
            item.add_marker("e2e")
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    }


@pytest.fixture(scope="session")
def site_url(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The site, served for the whole session; `site` gives it a worker and rows."""
    with django_db_blocker.unblock(), product.serving() as url:
        patch = pytest.MonkeyPatch()
        patch.setattr(settings, "PUBLIC_URL", url)
        patch.setattr(settings, "WEBHOOK_URL", url)
        patch.setattr(settings, "CSRF_TRUSTED_ORIGINS", [url])
        yield url
        patch.undo()


@pytest.fixture(scope="session")
def base_url(site_url: str) -> str:
    """Where `page.goto("/…")` begins."""
    return site_url


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "viewport": {"width": 1280, "height": 800},
        "locale": "en-GB",
        "timezone_id": "Europe/London",
        "reduced_motion": "reduce",
    }


@pytest.fixture(autouse=True)
def hints(monkeypatch: pytest.MonkeyPatch) -> product.Worker:
    """Hints go to a worker in a thread; it runs as long as the test."""
    worker = product.Worker()
    monkeypatch.setattr(celery, "send_hint", worker.send)
    return worker


@pytest.fixture
def site(site_url: str, transactional_db: None, hints: product.Worker) -> Iterator[str]:
    """The address of a site that works: pages, events, and a worker that drains and delivers."""
    doors.forget()  # the last test's number had the same name
    if settings.REDIS_URL:
        # As where it has run a while: an empty Redis would tell every page to begin anew.
        with redis_stream.connected() as server:
            server.set(relay.LOW, 0)
            server.xadd(redis_stream.STREAM, {"kind": redis_stream.START, "low": "0"}, id="1-1")
    hints.start()
    yield site_url
    hints.stop()
    counts.flush()  # now: its timer would come when the database is another test's, or gone


@pytest.fixture
def waha(site: str, server: WahaServer) -> Iterator[Simulator]:
    """WAHA running the number `support`, posting its webhooks to the site."""
    with Simulator(
        api_key=settings.WAHA_API_KEY,
        hmac_key=settings.WAHA_HMAC_KEY,
        sessions=(SUPPORT,),
        speed=SPEED,
        webhook_url=f"{site}/waha/webhook/{{session}}/",
    ) as simulator:
        server.url = simulator.url
        server.save(update_fields=["url"])
        yield simulator


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    """The browser's own patience of 30 s only delays the news."""
    context.set_default_timeout(PATIENCE_MS)
    return context


@pytest.fixture
def sign_in(context: BrowserContext, site: str) -> Callable[..., Page]:
    """`sign_in(user, path="/inbox/")`: a page of somebody already signed in.

    By cookie; the sign-in form has its own journey. `within=` takes another browser context.
    """

    def open_page(
        user: User, path: str = "/inbox/", *, within: BrowserContext | None = None
    ) -> Page:
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        chosen = within or context
        chosen.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])
        page = chosen.new_page()
        page.goto(path)
        return page

    return open_page


@pytest.fixture
def troubles() -> Iterator[list[str]]:
    """What browsers of `enter` complain of; a test that expects some clears the list."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def enter(
    new_context: Callable[..., BrowserContext],
    sign_in: Callable[..., Page],
    users: dict[str, User],
    troubles: list[str],
) -> Callable[..., Inbox]:
    """`enter("olga", path="/inbox/", **options)`: her inbox, in a browser of her own.

    Options are those of a browser context beyond what the marker `browser_context_args` sets
    and `browser_context_args` above gives. Errors of scripts and of the console fail the test.
    """

    def open_inbox(name: str, path: str = "/inbox/", **options: Any) -> Inbox:
        context = new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        context.on("weberror", lambda error: troubles.append(str(error.error)))
        context.on(
            "console",
            lambda line: line.type == "error" and troubles.append(f"console: {line.text}"),
        )
        return Inbox(sign_in(users[name], path, within=context))

    return open_inbox


@pytest.fixture
def assert_accessible() -> Callable[..., None]:
    """`assert_accessible(page, within="body")`: axe finds nothing against WCAG 2.2 AA."""
    return accessibility.assert_accessible
