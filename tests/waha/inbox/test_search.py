"""The search page: what is found, marked and led to; who finds it; and whatever is typed."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.models import User
from crm.models import Company, Contact, ContactIdentity
from tests.waha.inbox.conftest import HTMX, NOON, add_chat
from tests.waha.search.conftest import said
from waha.models import WahaCall, WahaChat, WahaSession
from waha.search import budget, plans, query, scope

URL = "/search/"
NASTY = [
    '"', "''", '"""', "-", "--", "+", "*", "%", "_", "\\", "(", ")", "<", ">", "~", "@", "?", ";",
    "'; DROP TABLE users; --", "a' OR '1'='1", "%%", "__", "\\'", "/* */", "{{ 7*7 }}", "%s %d",
    "+(a b) -c", "a*", "*a", "@5", '"unclosed', "-\"", "from:", "in:", "has:", "before:", "after:",
    "from:\"", "before:9999-99-99", "before:0001-01-01", "after:9999-12-31", "has:nonsense",
    "from:me from:them -in:x", ":", "::", "from::me", "\x00", "\x00\x01\x02", "\ufeff",
    "\u202e\u2066", "😀", "👩‍👩‍👧‍👦", "🇩🇪", "é" * 400, "a" * 10_000, "ab " * 4_000, '"' * 10_000,
    "-" * 10_000, "(" * 10_000, "الـ" * 3_000, "你" * 10_000, "\u0301" * 5_000, "ａｂｃ", "ﬁ", "ǅ",
    "the", "a the of", "-the", "near", "AND OR NOT", "NOT", "NEAR(a b)", "words:a", "^a", "a^2",
]  # fmt: skip


def hits(response: Any) -> list[int]:
    """Messages on a page, in its order."""
    return [int(pk) for pk in re.findall(r'id="hit-(\d+)"', response.content.decode())]


def test_words_lead_to_the_message_in_its_chat(desk: Client, chat: WahaChat) -> None:
    message = said(chat, "Your invoice 4711 is ready", sender_name="Carla")
    said(chat, "something else", minutes=3)

    response = desk.get(URL, {"q": "invo"})

    page = response.content.decode()
    assert (response.status_code, hits(response)) == (200, [message.pk])
    assert "<mark>invo</mark>ice" in page
    assert f'href="/inbox/{chat.pk}/?message={message.pk}#message-{message.pk}"' in page


def test_a_found_message_opens_with_older_and_newer_around_it(desk: Client, chat: WahaChat) -> None:
    rows = [said(chat, f"line {n}", minutes=200 - n) for n in range(150)]
    wanted = rows[70]

    page = desk.get(reverse("inbox:chat", args=[chat.pk]), {"message": wanted.pk}).content.decode()

    shown = [int(pk) for pk in re.findall(r'id="message-(\d+)"', page)]
    assert shown == [row.pk for row in rows[62:112]]
    assert ('id="older"' in page, 'id="newer"' in page) == (True, True)


@pytest.mark.parametrize("named", ["0", "abc", "9" * 30, "-1", ""])
def test_a_message_that_is_not_there_opens_the_chat_at_its_end(
    desk: Client, chat: WahaChat, named: str
) -> None:
    said(chat, "the last")

    response = desk.get(reverse("inbox:chat", args=[chat.pk]), {"message": named})

    assert response.status_code == 200
    assert 'data-end="1"' in response.content.decode()


def test_a_message_of_another_chat_is_no_place_in_this_one(
    desk: Client, chat: WahaChat, other_number: WahaSession
) -> None:
    said(chat, "here")
    elsewhere = said(add_chat(other_number, 1), "there")

    page = desk.get(reverse("inbox:chat", args=[chat.pk]), {"message": elsewhere.pk})

    assert ("here" in page.content.decode(), "there" in page.content.decode()) == (True, False)


@pytest.mark.parametrize("url", [URL, "/search/quick/"])
@pytest.mark.parametrize(
    "params",
    [
        {"q": "merger"}, {"q": "mer"}, {"q": "in:board sec"}, {"q": "from:quentin"},
        {"q": "has:file"}, {"q": "offer", "show": "files"}, {"q": "quentin"}, {"q": "7009009"},
        {"q": "merger", "number": "{number}"}, {"q": "merger", "chat": "{chat}"},
    ],
)  # fmt: skip
def test_nothing_of_another_number_is_found(
    desk: Client, other_number: WahaSession, url: str, params: dict[str, str]
) -> None:
    contact = Contact.objects.create(name="Quentin Secret")
    foreign = add_chat(
        other_number, 1, name="Quentin Secret", contact=contact, chat_id="447009009001@c.us"
    )
    ContactIdentity.objects.create(contact=contact, kind="phone", value="+447009009001")
    said(foreign, "the merger is secret", type="document", media_name="offer.pdf")
    WahaCall.objects.create(
        session=other_number, call_id="c1", chat=foreign, started_at=NOON, from_id=foreign.chat_id
    )
    filled = {
        key: value.format(number=other_number.pk, chat=foreign.pk) for key, value in params.items()
    }

    page = desk.get(url, filled).content.decode().replace(escape(filled["q"]), "")

    leaked = {"Quentin", "merger", "offer", "Board room", "447009", "4470"}
    assert {word for word in leaked if word in page} == set()


def test_files_are_found_by_their_name(desk: Client, chat: WahaChat) -> None:
    named = said(chat, "as promised", type="document", media_name="Offer_March.pdf")
    said(chat, "see the march offer", minutes=1)

    page = desk.get(URL, {"q": "march", "show": "files"})

    assert hits(page) == [named.pk]
    assert "Offer_<mark>March</mark>.pdf" in page.content.decode()


def test_filters_narrow(desk: Client, chat: WahaChat, second_number: WahaSession) -> None:
    ours = said(chat, "word", from_me=True)
    theirs = said(chat, "word", minutes=1)
    picture = said(chat, "word", type="image", minutes=2)
    there = said(add_chat(second_number, 1), "word", minutes=3)
    day = NOON.date().isoformat()

    def found(**params: Any) -> list[int]:
        return hits(desk.get(URL, {"q": "word", "show": "messages", **params}))

    assert found() == [ours.pk, theirs.pk, picture.pk, there.pk]
    assert found(by="us") == [ours.pk]
    assert found(by="them", number=chat.session_id) == [theirs.pk, picture.pk]
    assert found(kind="image") == found(kind="file") == [picture.pk]
    assert found(number=second_number.pk) == [there.pk]
    assert found(chat=chat.pk) == [ours.pk, theirs.pk, picture.pk]
    assert found(since=day, until=day) == [ours.pk, theirs.pk, picture.pk, there.pk]
    assert found(until="2020-01-01") == []
    assert found(q="word in:sales") == [there.pk]
    assert found(q="word in:carla") == [ours.pk, theirs.pk, picture.pk]
    assert found(q="word from:me") == [ours.pk]
    assert found(q="word from:carla -has") == [theirs.pk, picture.pk]
    assert found(q="word has:photo") == [picture.pk]
    assert found(q=f"word before:{day}") == []


def test_a_script_in_a_message_stays_text(desk: Client, chat: WahaChat) -> None:
    said(chat, "<script>alert(1)</script> <b>bold</b> word")

    page = desk.get(URL, {"q": "<script>alert bold"}).content.decode()

    assert "<script>alert" not in page
    assert "&lt;<mark>script</mark>&gt;<mark>alert</mark>(1)" in page


@pytest.mark.slow
def test_whatever_is_typed_gets_an_answer(desk: Client, chat: WahaChat) -> None:
    said(chat, 'a the of 😀 你好 50% off_now it\'s "quoted"')

    answers = {desk.get(URL, {"q": text}).status_code for text in NASTY}
    answers |= {desk.get("/search/quick/", {"q": text}).status_code for text in NASTY[::3]}
    answers |= {desk.get(f"{URL}?q={raw}").status_code for raw in ("%ff%fe", "%00", "%ed%a0%80")}

    assert answers == {200}


@pytest.mark.slow
def test_whatever_the_filters_say_gets_an_answer(desk: Client, chat: WahaChat) -> None:
    names = ("number", "chat", "by", "kind", "since", "until", "show", "cursor")
    values = ("x", "-1", "9" * 30, "٣", "\x00", "2026-13-45", "9999-12-31", "")

    answers = {desk.get(URL, {"q": "a", **dict.fromkeys(names, value)}) for value in values}

    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.slow
def test_whatever_is_typed_the_index_takes(
    transactional_db: None, chat: WahaChat, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NARROW", "WIDE", "LEAST"):
        monkeypatch.setattr(plans, name, 1)
    for n in range(3):
        said(chat, "unrelated words", minutes=n)

    asked = [scope.resolve(olga, query.parse(text)) for text in NASTY]
    found = [plans.find(replace(wanted, in_file_name=f)) for wanted in asked for f in (True, False)]

    assert {answer.plan for answer in found} <= {"index", "newest", ""}
    assert "index" in {answer.plan for answer in found}


def test_more_follows_and_ends(desk: Client, chat: WahaChat) -> None:
    rows = [said(chat, "again", minutes=n).pk for n in range(25)]

    first = desk.get(URL, {"q": "again"})
    match = re.search(r'hx-get="([^"]*cursor=[^"]*)"', first.content.decode())
    assert match
    more = desk.get(match[1].replace("&amp;", "&"), headers=HTMX)

    assert hits(first) == rows[:20]
    assert hits(more) == rows[20:]
    assert "That is all." in more.content.decode()


def test_htmx_gets_what_the_page_includes(desk: Client, chat: WahaChat) -> None:
    said(chat, "same words")

    page = desk.get(URL, {"q": "same"})
    fragment = desk.get(URL, {"q": "same"}, headers=HTMX)

    assert fragment.content.decode() in page.content.decode()
    assert fragment["HX-Replace-Url"] == "/search/?q=same"


def test_time_that_ran_out_is_said(
    desk: Client, chat: WahaChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NARROW", "WIDE", "LEAST"):
        monkeypatch.setattr(plans, name, 1)

    def too_slow(self: object, seconds: float) -> None:
        raise budget.OutOfTime

    monkeypatch.setattr(plans._Reader, "indexed", too_slow)
    said(chat, "needle")
    said(chat, "hay", minutes=1)

    page = desk.get(URL, {"q": "needle"}).content.decode()

    assert "These are the newest. Older messages were not all looked through in time." in page
    assert "look further back" in page


def test_recent_searches_stay_with_their_user_and_can_be_cleared(
    desk: Client, sign_in: Callable[[str], Client]
) -> None:
    for text in ("in", "invo", "invoice", "order 4711"):
        desk.get(URL, {"q": text})
    cookie = desk.cookies["searches"].value
    mia = sign_in("mia")
    mia.cookies["searches"] = cookie

    def recent(client: Client) -> list[str]:
        return re.findall(
            r'class="search-recent-link".*?dir="auto">(.*?)</span>',
            client.get(URL).content.decode(),
        )

    before, others = recent(desk), recent(mia)
    response = desk.post("/search/recent/clear/")

    assert (before, others) == (["order 4711", "invoice"], [])
    assert (response.status_code, recent(desk)) == (302, [])


@pytest.mark.slow
@pytest.mark.parametrize("url", ["/search/?q=word", "/search/quick/?q=word"])
def test_a_page_costs_the_same_however_much_is_found(
    desk: Client,
    chat: WahaChat,
    olga: User,
    known_access: None,
    assert_same_queries: Callable[..., None],
    url: str,
) -> None:
    def grow(count: int) -> None:
        for _ in range(count):
            n = WahaChat.objects.count()
            other = add_chat(chat.session, n, name=f"Word {n}")
            said(other, "a word", minutes=n)
            said(other, "", type="document", media_name="word.pdf", minutes=n)
            Contact.objects.create(name=f"Word {n}", created_by=olga)
            Company.objects.create(name=f"Word {n}", created_by=olga)

    assert_same_queries(lambda: desk.get(url), grow, at_most=22)
