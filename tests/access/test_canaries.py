"""No word of a number reaches anybody who may not read it, in any byte of any answer."""

import pytest

from tests.access.crawl import Crawl
from tests.access.leaks import LEAKS, Leak
from tests.access.office import ACTORS, Office
from waha.numbers import pairing

pytestmark = [pytest.mark.once, pytest.mark.slow]


@pytest.fixture
def qr_codes(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """WAHA's pictures, each with a word of its number."""
    words = {
        line.session.pk: office.canaries.word(letter, "qr", "qr.png").encode()
        for letter, line in office.lines.items()
    }
    monkeypatch.setattr(pairing, "qr_png", lambda session: words[session.pk])


@pytest.mark.parametrize("actor", ACTORS)
def test_nobody_reads_a_word_that_is_not_for_them(
    actor: str, office: Office, qr_codes: None, db: None
) -> None:
    crawl = Crawl(office)

    crawl.walk(actor)

    assert "\n".join(sorted({str(leak) for leak in crawl.leaks})) == ""
    assert crawl.errors == []


def test_members_read_what_is_for_them(office: Office, qr_codes: None, db: None) -> None:
    """The crawl reaches what it is to guard: silence must not come from empty pages."""
    crawl = Crawl(office)

    crawl.survey("member_a")

    kinds = {canary.kind for canary in crawl.read["member_a"]}
    assert kinds == {"number", "chat", "message", "file", "customer", "colleague", "key"}
    assert len(crawl.read["member_a"]) > 30


def test_exports_are_read_whole(office: Office, qr_codes: None, db: None) -> None:
    """What leaves in a ZIP is looked into: its text, the names of its files, and their bytes."""
    crawl, chat = Crawl(office), office.lines["a"].chat

    crawl.look("owner", f"/inbox/{chat.pk}/export/")

    places = {canary.place for canary in crawl.read["owner"]}
    wanted = {"archived.content", "failed.content", "file.name", "file bytes", "voice bytes"}
    assert wanted - places == set()


# Whoever of them is the first to reach a planted leak: a member, staff by role, a manager.
WITNESSES = ("member_a", "viewer", "manager")


@pytest.fixture(scope="module")
def surveys(office: Office) -> dict[tuple[str, str], set[str]]:
    """Which tables each address reads for each witness while all rules stand."""
    crawl = Crawl(office)
    for witness in WITNESSES:
        crawl.survey(witness)
    return crawl.tables


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.name)
def test_a_planted_leak_is_found(
    leak: Leak,
    office: Office,
    qr_codes: None,
    surveys: dict[tuple[str, str], set[str]],
    db: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leak.plant(monkeypatch)
    crawl, affected = (
        Crawl(office),
        [asked for asked, tables in surveys.items() if leak.reaches(asked[1], tables)],
    )

    for actor, url in affected:
        crawl.look(actor, url)
        if crawl.leaks:
            return

    raise AssertionError(f"{len(affected)} addresses asked, and nobody read anything")


def test_twenty_leaks_are_planted() -> None:
    assert len(LEAKS) >= 20
