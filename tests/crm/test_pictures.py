"""Pictures of people: one's own in the rail and beside one's name, and those of records."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from attachments import scanning, services
from attachments.models import Attachment, ScanState
from audit.models import AuditLog
from crm import records
from crm.models import Contact
from tests.attachments import pdfs
from tests.attachments.hostile import picture
from tests.factories import make_chat
from waha.models import WahaChat, WahaSession

pytestmark = pytest.mark.django_db
Enter = Callable[..., Client]
HERE = reverse("attachments:own-picture")
PROFILE = reverse("accounts:profile")


@pytest.fixture(autouse=True)
def files_folder(var_dir: Path) -> Path:
    return var_dir / "files"


def sent(name: str = "me.jpg", content: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or picture("JPEG"))


@pytest.fixture
def olga(users: dict[str, User]) -> User:
    return users["olga"]


@pytest.fixture
def browser(sign_in: Enter, olga: User) -> Client:
    return sign_in("olga")


def test_own_picture_stands_in_the_rail_at_no_query(browser: Client, olga: User) -> None:
    browser.get(PROFILE)
    with CaptureQueriesContext(connection) as before:
        browser.get("/contacts/")

    answer = browser.post(HERE, {"file": sent()})

    olga.refresh_from_db()
    with CaptureQueriesContext(connection) as after:
        page = browser.get("/contacts/").content.decode()
    assert answer["Location"] == PROFILE
    assert page.count(f'<img src="{olga.picture_url}"') == 2  # the rail and its menu
    assert len(after) == len(before)
    assert AuditLog.objects.filter(event="user.pictured", actor=olga).count() == 1


def test_colleagues_see_the_picture_and_nothing_else_of_the_person(
    browser: Client, sign_in: Enter, olga: User, carla: Contact
) -> None:
    browser.post(HERE, {"file": sent()})
    secret = services.store([b"x"], record=olga, name="contract.txt", by=olga, max_bytes=9)
    records.add_note(carla, text="Called back.", by=olga)
    olga.refresh_from_db()

    sam = sign_in("sam")

    face = sam.get(olga.picture_url)
    assert b"".join(face)[8:12] == b"WEBP"  # type: ignore[arg-type]  # streamed
    assert sam.get(secret.get_absolute_url()).status_code == 404
    assert olga.picture_url in sign_in("mia").get(carla.get_absolute_url()).content.decode()


def test_a_new_picture_puts_the_one_before_into_the_bin(browser: Client, olga: User) -> None:
    browser.post(HERE, {"file": sent("one.jpg")})
    browser.post(HERE, {"file": sent("two.jpg")})

    kept = Attachment.objects.of(olga).kept()
    olga.refresh_from_db()
    assert [file.display_name for file in kept] == ["two.jpg"]
    assert kept[0].uuid == olga.picture_key


def test_a_picture_that_is_taken_away_stands_for_nobody(browser: Client, olga: User) -> None:
    browser.post(HERE, {"file": sent()})

    browser.post(HERE, {"none": "1"})

    olga.refresh_from_db()
    assert (olga.picture_url, Attachment.objects.of(olga).kept().count()) == ("", 0)


@pytest.mark.parametrize("way", ["delete", "replace"])
def test_a_picture_deleted_or_replaced_among_the_documents_stands_for_nobody(
    browser: Client, olga: User, way: str
) -> None:
    browser.post(HERE, {"file": sent()})
    kept = Attachment.objects.of(olga).get()

    browser.post(
        reverse(f"attachments:{way}", args=[kept.uuid]),
        {"file": sent("a.txt", b"words")} if way == "replace" else {},
    )

    olga.refresh_from_db()
    assert olga.picture_url == ""


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.pdf", pdfs.page()), ("a.svg", b"<svg onload=alert(1)>"), ("a.jpg", picture("JPEG")[:99])],
    ids=["pdf", "svg", "cut"],
)
def test_what_is_no_picture_is_refused_and_not_kept(
    browser: Client, olga: User, carla: Contact, name: str, content: bytes
) -> None:
    record = reverse("contacts:picture", args=[carla.pk])

    answers = [
        browser.post(url, {"file": sent(name, content)}, follow=True) for url in (HERE, record)
    ]

    assert ["This is no picture" in answer.content.decode() for answer in answers] == [True] * 2
    assert Attachment.objects.count() == 0


def test_a_picture_that_the_scan_holds_back_is_refused(
    browser: Client, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "scan", lambda file: ScanState.QUARANTINED)

    page = browser.post(HERE, {"file": sent()}, follow=True).content.decode()

    olga.refresh_from_db()
    assert ("virus scan holds this picture back" in page, olga.picture_url) == (True, "")
    assert Attachment.objects.count() == 0


@pytest.mark.core
def test_contacts_picture_stands_in_their_chats_at_no_query(
    browser: Client, carla: Contact, chat: WahaChat, number: WahaSession
) -> None:
    """In rows, the head of the thread and the panel; other chats keep their letters."""
    url, panel = chat.get_absolute_url(), reverse("inbox:chat-details", args=[chat.pk])
    make_chat(session=number, name="Nobody's", last_message_at=timezone.now())
    browser.get(url)
    with CaptureQueriesContext(connection) as before:
        browser.get(url)

    browser.post(reverse("contacts:picture", args=[carla.pk]), {"file": sent("carla.jpg")})

    carla.refresh_from_db()
    with CaptureQueriesContext(connection) as after:
        page = browser.get(url).content.decode()
    assert carla.picture_url
    assert page.count(f'<img src="{carla.picture_url}"') == 2
    assert page.count("/thumbnail/") == 2
    assert f'<img src="{carla.picture_url}"' in browser.get(panel).content.decode()
    assert len(after) == len(before)


@pytest.mark.core
def test_a_contacts_picture_that_is_gone_stands_in_no_chat(
    browser: Client, carla: Contact, chat: WahaChat
) -> None:
    browser.post(reverse("contacts:picture", args=[carla.pk]), {"file": sent("carla.jpg")})
    shown = browser.get(chat.get_absolute_url()).content.decode()
    file = Attachment.objects.of(carla).get()
    browser.post(reverse("attachments:delete", args=[file.uuid]))

    page = browser.get(chat.get_absolute_url()).content.decode()

    assert (file.thumbnail_url in shown, "/thumbnail/" in page) == (True, False)
