"""A walk over everything somebody can ask for: known addresses, and all that pages lead to."""

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from tests.access.addresses import path_of, walk
from tests.access.browsing import ask
from tests.access.canaries import Canary
from tests.access.office import Office
from tests.access.table import TABLE
from waha.inbox.cursors import LiveCursor

LINK = re.compile(r"""(?:href|src|action|hx-get|data-[\w-]*url)\s*=\s*["']([^"'<>]+)["']""")
# With quotes as the ORM writes them, and without as SQL written by hand may be.
TABLES = re.compile(r'(?:FROM|JOIN)\s+["`]?(\w+)')
# Links that differ in their question alone: so many of one path are asked.
MOST_QUESTIONS = 4
# Leading out of the crawl: another crawl's actor is signed in.
LEFT_OUT = ("/accounts/logout/", "/admin/logout/", "/static/")
FRAGMENTS = (
    "/inbox/", "/sessions/", "/calls/", "/contacts/", "/companies/", "/instructors/", "/files/on/",
    "/search/",
)  # fmt: skip
HTMX = {"HX-Request": "true"}
# Asked for by a form as well, with everything that the form can ask for.
EXPORT, WANTED = "/export/", {"with_files": "on"}


@dataclass(frozen=True, slots=True)
class Found:
    """A canary where it must not be."""

    actor: str
    url: str
    canary: Canary

    def __str__(self) -> str:
        return f"{self.actor} reads {self.canary.place} of {self.canary.number} at {self.url}"


@dataclass(slots=True)
class Crawl:
    """What was asked, which tables each answer was made from, and what came out wrong."""

    office: Office
    tables: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    read: dict[str, set[Canary]] = field(default_factory=dict)
    leaks: list[Found] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def walk(self, actor: str) -> None:
        """Ask for every known address and for every link that answers hold, as one actor."""
        waiting, questions = list(known(self.office)), Counter[str]()
        seen = set(waiting)
        while waiting:
            url = waiting.pop()
            for link in self.look(actor, url):
                path = urlsplit(link).path
                if link in seen or questions[path] >= MOST_QUESTIONS:
                    continue
                questions[path] += 1
                seen.add(link)
                waiting.append(link)

    def survey(self, actor: str) -> None:
        """Ask for every known address, and follow no link."""
        for url in known(self.office):
            self.look(actor, url)

    def look(self, actor: str, url: str) -> set[str]:
        """Ask once, and as htmx where it gets another answer; returns the links."""
        links: set[str] = set()
        tables = self.tables.setdefault((actor, url), set())
        for headers in [{}, HTMX] if url.startswith(FRAGMENTS) else [{}]:
            response = ask(self.office, actor, "GET", url, **headers)
            tables.update(*(TABLES.findall(statement) for statement in response.statements))
            self._judge(actor, url, response)
            links |= set(links_of(url, response))
        if urlsplit(url).path.endswith(EXPORT):
            response = ask(self.office, actor, "POST", url, WANTED)
            tables.update(*(TABLES.findall(statement) for statement in response.statements))
            self._judge(actor, f"POST {url}", response)
        return links

    def _judge(self, actor: str, url: str, response: Any) -> None:
        self.statuses[response.status_code] += 1
        if response.status_code >= 500 and response.status_code != 503:
            self.errors.append(f"{actor} got {response.status_code} at {url}")
        headers = "\n".join(f"{name}: {value}" for name, value in response.items())
        cookies = response.cookies.output()
        content = unpacked(response) + headers.encode() + cookies.encode()
        reader = self.office.reader(actor)
        for canary in self.office.canaries.found_in(content, asked=url.encode()):
            self.read.setdefault(actor, set()).add(canary)
            if not reader.may_read(canary):
                self.leaks.append(Found(actor, url, canary))


def unpacked(response: Any) -> bytes:
    """The body; of a ZIP the names and the bytes of all that it holds."""
    taken: bytes = response.taken
    if response.get("Content-Type") != "application/zip":
        return taken
    with zipfile.ZipFile(io.BytesIO(taken)) as archive:
        return b"\n".join(name.encode() + b"\n" + archive.read(name) for name in archive.namelist())


def known(office: Office) -> Iterator[str]:
    """Every pattern with every key there is, and the questions that pages take."""
    for name in walk():
        if row := TABLE.get(name):
            for case in row.subject(office):
                yield path_of(name, case.args)
    lines = office.lines.values()
    chats = ",".join(str(chat.pk) for line in lines for chat in (line.chat, line.group))
    messages = ",".join(str(each.pk) for line in lines for each in (line.failed, line.elsewhere))
    long_ago = LiveCursor.now(1)
    yield f"/events/poll/?after={long_ago}"
    yield f"/events/poll/?after={LiveCursor.now(0)}"
    yield "/inbox/?tab=groups"
    yield "/inbox/?tab=unread"
    for line in lines:
        yield f"/inbox/{line.group.pk}/"
        yield f"/inbox/?number={line.session.pk}"
        yield f"/inbox/rows/?number={line.session.pk}"
        yield f"/inbox/new/?contact={line.rows['contact'].pk}&number={line.session.pk}"
        yield f"/inbox/live/?chats={chats}&open={line.chat.pk}&messages={messages}"
        yield f"/inbox/live/?chats={chats}&open={line.group.pk}&messages={messages}"
        yield f"/inbox/new/?who={line.chat.name[:3]}"
        yield f"/inbox/?q={line.chat.name[:9]}"
        yield f"/files/{line.picture.uuid}/thumbnail/"
        yield f"/files/{line.rows['voice'].uuid}/playable/"
        for kind in ("wahasession", "wahaevent", "wahaoutbox"):
            yield f"/admin/waha/{kind}/?q={line.session.name[:9]}"
    for app, model, column in [("crm", "contact", "company"), ("waha", "wahasession", "company")]:
        question = f"app_label={app}&model_name={model}&field_name={column}&term=zq"
        yield f"/admin/autocomplete/?{question}"
    for space in ("contacts", "companies", "instructors"):
        yield f"/{space}/?q=zq"
        yield f"/{space}/?show=archived"
    # Every planted word begins so, and search finds by beginnings.
    yield "/search/quick/?q=zq"
    yield "/search/?q=zq&kind=file"
    for kind in ("", "messages", "chats", "contacts", "companies", "instructors", "files", "calls"):
        yield f"/search/?q=zq&show={kind}"
    for line in lines:
        yield f"/search/?q=zq&number={line.session.pk}&chat={line.chat.pk}"
        yield f"/search/?q=in:{line.session.name[:4]}"
        yield f"/search/?q=from:{line.chat.name[:4]}"
        yield f"/inbox/{line.chat.pk}/?message={line.failed.pk}"
    yield "/companies/names/?company_name=zq"
    for kind in ("contact", "company", "instructor"):
        yield f"/admin/crm/{kind}/?q=zq&_popup=1&_to_field=id"


def links_of(url: str, response: Any) -> Iterator[str]:
    """Addresses of ours in an answer: of its HTML, of its JSON, of its redirect."""
    found: Iterable[str] = []
    kind = response.get("Content-Type", "")
    if kind.startswith("text/html"):
        found = [unescape(each) for each in LINK.findall(response.taken.decode())]
    elif kind.startswith("application/json"):
        found = [each for each in strings_in(json.loads(response.taken)) if each.startswith("/")]
    if location := response.get("Location"):
        found = [*found, location]
    for each in found:
        parts = urlsplit(urljoin(f"http://testserver{url}", each))
        if parts.netloc != "testserver" or parts.path.startswith(LEFT_OUT):
            continue
        # The way back to a list: another address for the same page.
        query = "" if "_changelist_filters" in parts.query else parts.query
        yield f"{parts.path}?{query}" if query else parts.path


def strings_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings_in(each)
