"""What is found beside messages: by name, phone and file; and by whom."""

import re
from typing import Any

import pytest
from django.db import connections, router
from django.test import Client
from django.utils.html import escape

from accounts.models import User
from attachments.models import Attachment
from crm.models import Company, Contact, ContactIdentity, IdentityKind, Instructor
from mercury.ui import phones
from tests.waha.inbox.conftest import NOON, add_chat
from tests.waha.search.conftest import said
from waha.inbox.finding import others
from waha.models import WahaCall, WahaChat, WahaChatAddress, WahaSession
from waha.search import budget, query

URL = "/search/"


def test_chats_contacts_companies_and_calls_are_found_by_name(
    desk: Client, chat: WahaChat, olga: User
) -> None:
    company = Company.objects.create(name="Carlson Ltd", created_by=olga)
    contact = Contact.objects.create(name="Carl Customer", created_by=olga, company=company)
    ContactIdentity.objects.create(contact=contact, kind=IdentityKind.EMAIL, value="carl@x.example")
    WahaCall.objects.create(
        session=chat.session, call_id="c1", chat=chat, started_at=NOON, from_id=chat.chat_id
    )

    page = desk.get(URL, {"q": "carl"}).content.decode()

    groups = re.findall(r'<h2 id="group-(\w+)"', page)
    assert groups == ["chats", "contacts", "companies", "calls"]
    assert page.count("<mark>Carl</mark>") == 4


@pytest.mark.parametrize(
    ("typed", "name", "marked"),
    [
        ("muller", "Hans Müller", "Müller"),
        ("MÜLLER", "hans müller", "müller"),
        ("احمد", "أَحْمَد علي", "أَحْمَد"),
        ("فاطمه", "الأخت فاطمة", "فاطمة"),
        ("שלום", "שלום כהן", "שלום"),
        ("王", "王小明", "王"),
        ("小明", "王小明", "小明"),
        ("neil", "Jo O'Neil", "Neil"),
    ],
)
def test_names_are_found_however_they_are_spelt(
    desk: Client, olga: User, typed: str, name: str, marked: str
) -> None:
    Contact.objects.create(name=name, created_by=olga)
    Contact.objects.create(name="Somebody else", created_by=olga)

    page = desk.get(URL, {"q": typed, "show": "contacts"}).content.decode()

    assert re.findall(r"<mark>(.*?)</mark>", page) == [escape(marked)]


def test_names_there_was_no_time_for_are_told(
    desk: Client, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(*_: object) -> list[Any]:
        raise budget.OutOfTime

    monkeypatch.setitem(others.FINDERS, "contacts", too_slow)
    Company.objects.create(name="Carlson", created_by=olga)

    page = desk.get(URL, {"q": "carl"}).content.decode()
    quick = desk.get("/search/quick/", {"q": "carl"})

    assert re.findall(r'<h2 id="group-(\w+)"', page) == ["contacts", "companies"]
    assert page.count("There are too many to look through them all.") == 1
    assert quick.status_code == 200


def test_a_query_among_names_ends_when_its_time_is_up(chat: WahaChat) -> None:
    database = connections[router.db_for_read(WahaChat)]
    for n in range(150):
        add_chat(chat.session, n + 1)
    slow = WahaChat.objects.filter(session__chats__session__chats__name__contains="Customer")

    with pytest.raises(budget.OutOfTime), budget.each_query(database, 0.02):
        slow.count()


@pytest.mark.parametrize("typed", ["7009", "447700900123", "+44 7700 900123", "00123", "٧٧٠٠"])
def test_any_part_of_a_phone_finds_its_chat(desk: Client, chat: WahaChat, typed: str) -> None:
    page = desk.get(URL, {"q": typed, "show": "chats"}).content.decode()

    assert re.findall(r'class="hit-link" href="(/inbox/\d+/)"', page) == [f"/inbox/{chat.pk}/"]


def test_a_phone_finds_the_chat_and_calls_of_who_writes_under_a_private_id(
    desk: Client, number: WahaSession
) -> None:
    joined = add_chat(number, 1, name="Private", chat_id="99887766@lid")
    WahaChatAddress.objects.create(session=number, address="447009009009@c.us", chat=joined)
    WahaCall.objects.create(
        session=number, call_id="c1", chat=joined, started_at=NOON, from_id="99887766@lid"
    )
    add_chat(number, 2, name="Lot of people", kind="group", chat_id="120363009009@g.us")

    def found(typed: str) -> list[str]:
        page = desk.get(URL, {"q": typed}).content.decode()
        assert "Lot of people" not in page
        return re.findall(r'<h2 id="group-(\w+)"', page)

    assert found("009009") == ["chats", "calls"]
    assert "+44 70 0<mark>900 900</mark>9" in desk.get(URL, {"q": "900900"}).content.decode()
    assert found("9988") == found("120363") == []


@pytest.mark.parametrize("typed", ["7009", "447700900123", "00123"])
def test_who_may_not_see_phones_finds_nothing_by_their_digits(
    chat: WahaChat, olga: User, rf: Any, typed: str
) -> None:
    from waha.inbox.finding import page  # noqa: PLC0415
    from waha.inbox.finding.asked import Asked  # noqa: PLC0415

    said(chat, "call +447700900123 please")
    contact = Contact.objects.create(name="", created_by=olga)
    ContactIdentity.objects.create(contact=contact, kind="phone", value="+447700900123")
    asked = Asked.parse(rf.get(URL, {"q": typed}).GET)

    seen = page.results(olga, asked)
    with phones.shown_if(lambda: False):
        masked = page.results(olga, asked)

    assert (len(seen["groups"]), seen["is_empty"]) == (2, False)
    assert (masked["groups"], masked["is_empty"]) == ([], True)


def found_masked(olga: User, rf: Any, **params: str) -> tuple[list[int], list[int]]:
    """Messages and files found by who may not see phones."""
    from waha.inbox.finding import page  # noqa: PLC0415
    from waha.inbox.finding.asked import Asked  # noqa: PLC0415

    with phones.shown_if(lambda: False):
        found = page.results(olga, Asked.parse(rf.get(URL, params).GET))
    messages, files = found["messages_found"].rows, found["files_found"].rows
    return [row.pk for row in messages], [row.pk for row in files]


def test_leaving_out_digits_tells_who_may_not_see_phones_nothing(
    chat: WahaChat, olga: User, rf: Any
) -> None:
    message = said(chat, "call +447700900123 please")

    assert found_masked(olga, rf, q="please -4477") == ([message.pk], [])
    assert found_masked(olga, rf, q="please -call") == ([], [])


@pytest.mark.parametrize("typed", ["from:4477", 'from:"Kim 4477"', "from:4477-k"])
def test_digits_find_no_sender_for_who_may_not_see_phones(
    chat: WahaChat, olga: User, rf: Any, typed: str
) -> None:
    message = said(chat, "hello", sender_name="Kim 447700900123")

    assert found_masked(olga, rf, q=typed) == ([], [])
    assert found_masked(olga, rf, q="from:kim") == ([message.pk], [])


def test_digits_find_no_masked_file_name(chat: WahaChat, olga: User, rf: Any) -> None:
    message = said(chat, "", type="document", media_name="Offer +447700900123.pdf")

    assert found_masked(olga, rf, q="4477", show="files") == ([], [])
    assert found_masked(olga, rf, q="offer", show="files") == ([], [message.pk])


def test_digits_beside_a_word_find_no_name_for_who_may_not_see_phones(olga: User) -> None:
    Contact.objects.create(name="Kim +447700900123", created_by=olga)
    asked = query.parse("kim 4477")

    with phones.shown_if(lambda: False):
        masked = others.find(olga, asked, [], size=5)

    assert (masked, len(others.find(olga, asked, [], size=5))) == ([], 1)


def put_file(record: Any, name: str) -> Attachment:
    """A file on a record, without its bytes."""
    return Attachment.objects.create(record=record, name=name, display_name=name, path=name)


def test_files_of_records_are_found_beside_those_of_messages(
    desk: Client, chat: WahaChat, olga: User
) -> None:
    company = Company.objects.create(name="Carlson Ltd", created_by=olga)
    contact = Contact.objects.create(name="Carl Customer", created_by=olga)
    instructor = Instructor.objects.create(name="Ines Teacher", created_by=olga)
    for record in (company, contact, instructor, olga):
        put_file(record, "March contract.pdf")
    said(chat, "", type="document", media_name="March offer.pdf")

    for params in ({"q": "march"}, {"q": "march", "show": "files"}):
        page = desk.get(URL, params).content.decode()

        assert re.findall(r'class="hit-link" href="([^"]+)"', page)[:4] == [
            "/accounts/profile/#files",
            f"/instructors/{instructor.pk}/?tab=files",
            f"/contacts/{contact.pk}/?tab=files",
            f"/companies/{company.pk}/?tab=files",
        ]
        assert page.count("<mark>March</mark> contract.pdf") == 4
        assert ("Ines Teacher" in page, "Carlson Ltd" in page) == (True, True)
        assert page.count("<mark>March</mark> offer.pdf") == (1 if "show" in params else 2)


def test_files_of_records_one_may_not_see_are_not_found(
    desk: Client, chat: WahaChat, olga: User, other_number: WahaSession
) -> None:
    oscar = other_number.user
    foreign = Contact.objects.create(name="Quentin Secret", created_by=oscar)
    gone = put_file(Contact.objects.create(name="Carl", created_by=olga), "merger, deleted.pdf")
    Attachment.objects.filter(pk=gone.pk).update(deleted_at=NOON)
    for record in (foreign, Company.objects.create(name="Hidden", created_by=oscar), oscar):
        put_file(record, "merger.pdf")

    for url in (URL, "/search/quick/"):
        page = desk.get(url, {"q": "merger"}).content.decode()

        assert re.findall(r"merger[.,]|Quentin|Hidden|Carl", page) == []
