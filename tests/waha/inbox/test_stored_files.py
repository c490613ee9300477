"""Sending files that hang on the records around a chat."""

import uuid
from collections.abc import Callable

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from attachments import services
from attachments.models import Attachment, ScanState
from audit.models import AuditLog
from crm.models import Company, Contact, Instructor
from tests.waha.inbox.conftest import add_chat, add_message
from waha.models import SessionStatus, WahaChat, WahaMessage, WahaOutbox, WahaSession

pytestmark = pytest.mark.django_db
TEXT = b"Course dates for spring"


def hang(record: Model, name: str) -> Attachment:
    upload = SimpleUploadedFile(name, TEXT)
    return services.store(upload, record=record, name=name, by=None, max_bytes=10_000)


@pytest.fixture
def customer(number: WahaSession) -> Contact:
    company = Company.objects.create(name="Nordlicht")
    return Contact.objects.create(name="Jonas", company=company)


@pytest.fixture
def chat(number: WahaSession, customer: Contact) -> WahaChat:
    return add_chat(number, 1, contact=customer)


def url(chat: WahaChat) -> str:
    return reverse("inbox:files-send", args=[chat.pk])


def form(*files: Attachment, **fields: str) -> dict[str, object]:
    named = [str(file.uuid) for file in files]
    return {"client_token": str(uuid.uuid4()), "file": named, "text": "", **fields}


def test_files_of_contact_company_and_instructor_are_offered(
    desk: Client, chat: WahaChat, customer: Contact
) -> None:
    teacher = Instructor.objects.create(name="Jonas W.", contact=customer)
    assert customer.company is not None
    for record, name in ((customer, "a.txt"), (customer.company, "b.txt"), (teacher, "c.txt")):
        hang(record, name)
    hang(Contact.objects.create(name="Somebody else"), "secret.txt")

    offered = desk.get(url(chat)).context["sources"]

    assert [(source.name, [file.display_name for file in source.files]) for source in offered] == [
        ("Jonas", ["a.txt"]), ("Nordlicht", ["b.txt"]), ("Jonas W.", ["c.txt"]),
    ]  # fmt: skip


def test_chosen_files_are_copied_queued_and_put_on_record(
    desk: Client, chat: WahaChat, customer: Contact
) -> None:
    first, second = hang(customer, "a.txt"), hang(customer, "b.txt")
    sent = form(first, second, text="As promised")

    answers = [desk.post(url(chat), sent) for _time in range(2)]

    assert [answer.headers["Location"] for answer in answers] == [chat.get_absolute_url()] * 2
    rows = WahaMessage.objects.order_by("pk").values_list("media_name", "content", "type")
    assert list(rows) == [("a.txt", "As promised", "document"), ("b.txt", "", "document")]
    copies = Attachment.objects.filter(chat_id=chat.pk)
    assert {copy.sha256 for copy in copies} == {first.sha256}
    assert not {copy.path for copy in copies} & {first.path, second.path}
    assert AuditLog.objects.filter(event="file.sent").count() == 2


def test_file_of_a_record_one_cannot_see_is_not_sent(desk: Client, chat: WahaChat) -> None:
    secret = hang(Contact.objects.create(name="Somebody else"), "secret.txt")

    answer = desk.post(url(chat), form(secret))

    assert "Choose at least one file." in answer.content.decode()
    assert not WahaOutbox.objects.exists()


@pytest.mark.parametrize("named", [[], ["x"], [str(uuid.UUID(int=7))]])
def test_nothing_chosen_is_said(desk: Client, chat: WahaChat, named: list[str]) -> None:
    answer = desk.post(url(chat), {"client_token": str(uuid.uuid4()), "file": named})

    assert "Choose at least one file." in answer.content.decode()


def test_file_in_quarantine_stays(desk: Client, chat: WahaChat, customer: Contact) -> None:
    file = hang(customer, "a.txt")
    Attachment.objects.filter(pk=file.pk).update(scan_state=ScanState.QUARANTINED)

    answer = desk.post(url(chat), form(file))

    assert "held back by the virus scan" in answer.content.decode()
    assert not WahaOutbox.objects.exists()


def test_file_in_a_bucket_that_is_away_is_said(
    desk: Client, chat: WahaChat, customer: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = hang(customer, "a.txt")

    def away(*_: object) -> None:
        raise RuntimeError("a bucket's library has errors of its own")

    monkeypatch.setattr(default_storage, "open", away)
    answer = desk.post(url(chat), form(file))

    assert "could not be read from storage" in answer.content.decode()
    assert not WahaOutbox.objects.exists()


def test_file_that_storage_has_lost_is_said(
    desk: Client, chat: WahaChat, customer: Contact
) -> None:
    file = hang(customer, "a.txt")
    Attachment.objects.filter(pk=file.pk).update(path="gone/away")

    answer = desk.post(url(chat), form(file))

    assert "could not be read from storage" in answer.content.decode()


def test_files_are_found_by_name_among_visible_ones(
    desk: Client, chat: WahaChat, customer: Contact
) -> None:
    hang(customer, "Dates 2026.txt")
    hang(Contact.objects.create(name="Somebody else"), "Dates secret.txt")

    found = desk.get(url(chat), {"q": "dates"}).context["found"]

    assert [file.display_name for file in found] == ["Dates 2026.txt"]


def test_files_are_found_however_their_names_are_spelt(
    desk: Client, chat: WahaChat, customer: Contact
) -> None:
    hang(customer, "Pr\u00e9sentation \u00dcbersicht.txt")

    found = desk.get(url(chat), {"q": "ubersicht presentation"}).context["found"]

    assert [file.display_name for file in found] == ["Pr\u00e9sentation \u00dcbersicht.txt"]


def test_files_of_messages_are_not_found_by_name(desk: Client, chat: WahaChat) -> None:
    message = add_message(chat, "", type="document", media_name="Dates.txt")
    kept = hang(message, "Dates.txt")
    Attachment.objects.filter(pk=kept.pk).update(chat_id=chat.pk)

    assert desk.get(url(chat), {"q": "dates"}).context["found"] == []


def chats_for(file: Attachment) -> str:
    return reverse("inbox:file-chats", args=[file.uuid])


def test_a_file_offers_the_chats_it_belongs_to_and_then_the_newest(
    desk: Client, chat: WahaChat, customer: Contact, number: WahaSession
) -> None:
    other, channel = (
        add_chat(number, 0),
        add_chat(number, 0, chat_id="1@newsletter", kind="channel"),
    )

    page = desk.get(chats_for(hang(customer, "a.txt"))).context

    assert [row.pk for row in page["near"]] == [chat.pk]
    assert [row.pk for row in page["found"]] == [other.pk, chat.pk]
    assert channel.pk not in {row.pk for row in page["found"]}


@pytest.mark.parametrize("kind", ["company", "instructor"])
def test_a_file_of_a_company_or_instructor_offers_their_chats(
    desk: Client, chat: WahaChat, customer: Contact, kind: str
) -> None:
    record: Model | None = customer.company
    if kind == "instructor":
        record = Instructor.objects.create(name="Jonas W.", contact=customer)
    assert record is not None

    page = desk.get(chats_for(hang(record, "a.txt"))).context

    assert [row.pk for row in page["near"]] == [chat.pk]


def test_chats_for_a_file_are_found_by_name_on_numbers_that_work(
    desk: Client,
    chat: WahaChat,
    customer: Contact,
    number: WahaSession,
    second_number: WahaSession,
) -> None:
    carla = add_chat(number, 4, name="Carla Stein")
    add_chat(second_number, 2, name="Carla Cut Off")
    second_number.status = SessionStatus.FAILED
    second_number.save()

    page = desk.get(chats_for(hang(customer, "a.txt")), {"q": "carla"}).context

    assert ([row.pk for row in page["found"]], page["near"]) == ([carla.pk], [])


def test_a_file_waits_ticked_in_the_chosen_chat_and_is_sent(
    desk: Client, chat: WahaChat, number: WahaSession, customer: Contact
) -> None:
    """The chat is with somebody else: the file is in none of its lists."""
    elsewhere, file = add_chat(number, 3, name="Elsa"), hang(customer, "a.txt")

    page = desk.get(url(elsewhere), {"file": str(file.uuid)})
    sent = desk.post(url(elsewhere) + f"?file={file.uuid}", form(file))

    assert f'value="{file.uuid}" checked' in page.content.decode()
    assert (page.context["asked_for"], page.context["chat_name"]) == ([file], "Elsa")
    assert sent.headers["Location"] == elsewhere.get_absolute_url()
    assert WahaMessage.objects.get().chat_id == elsewhere.pk


def test_a_ticked_file_stands_on_the_page_once(
    desk: Client, chat: WahaChat, customer: Contact
) -> None:
    file, other = hang(customer, "a.txt"), hang(customer, "b.txt")

    page = desk.get(url(chat), {"file": str(file.uuid)})

    assert page.content.decode().count(str(file.uuid)) == 1
    assert [source.files for source in page.context["sources"]] == [[other]]


@pytest.mark.parametrize(("name", "status"), [("vera", 403), ("sam", 404)])
def test_only_who_sees_the_file_and_may_answer_chooses_a_chat(
    sign_in: Callable[[str], Client], chat: WahaChat, customer: Contact, name: str, status: int
) -> None:
    file = hang(customer, "a.txt")

    assert sign_in(name).get(chats_for(file)).status_code == status


def test_the_way_to_a_chat_stands_in_the_files_menu_of_who_may(
    sign_in: Callable[[str], Client], chat: WahaChat, customer: Contact
) -> None:
    file = hang(customer, "a.txt")
    tab = f"{customer.get_absolute_url()}?tab=files"

    shown = {
        name: chats_for(file) in sign_in(name).get(tab).content.decode()
        for name in ("olga", "vera")
    }

    assert shown == {"olga": True, "vera": False}


def test_a_file_in_quarantine_offers_no_chat(
    desk: Client, chat: WahaChat, customer: Contact
) -> None:
    file = hang(customer, "a.txt")
    Attachment.objects.filter(pk=file.pk).update(scan_state=ScanState.QUARANTINED)

    page = desk.get(chats_for(file)).content.decode()
    tab = desk.get(f"{customer.get_absolute_url()}?tab=files").content.decode()

    assert ("It cannot be sent." in page, url(chat) in page) == (True, False)
    assert chats_for(file) not in tab
