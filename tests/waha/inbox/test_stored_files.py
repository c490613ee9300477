"""Sending files that hang on the records around a chat."""

import uuid

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
from tests.waha.inbox.conftest import add_chat
from waha.models import WahaChat, WahaMessage, WahaOutbox, WahaSession

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
