"""Files put on a record by people, renamed, replaced, moved, deleted and brought back."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Can
from attachments import inventory, services
from attachments.models import Attachment, AttachmentType, ScanState
from audit.models import AuditLog
from crm.models import Company, Contact
from tests.attachments.hostile import picture
from tests.crm.conftest import allow

pytestmark = pytest.mark.django_db
Enter = Callable[..., Client]
HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}


def upload_url(record: Contact | Company | User) -> str:
    return reverse("attachments:upload", args=[record._meta.label_lower, record.pk])


def sent(name: str = "plan.txt", content: bytes = b"words") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def kept(carla: Contact, users: dict[str, User]) -> Attachment:
    return services.store(
        [b"words"], record=carla, name="plan.txt", by=users["olga"], max_bytes=100
    )


def body(response: object) -> bytes:
    return b"".join(response)  # type: ignore[call-overload]


def test_several_files_come_at_once(sign_in: Enter, carla: Contact) -> None:
    answer = sign_in("olga").post(
        upload_url(carla), {"file": [sent("a.txt", b"one"), sent("b.txt", b"two")]}
    )

    assert answer["Location"] == f"{carla.get_absolute_url()}?tab=files"
    assert set(carla.attachments.values_list("display_name", flat=True)) == {"a.txt", "b.txt"}
    told = AuditLog.objects.of(carla).filter(event="attachment.added").order_by("pk")
    assert [(each.actor.name, each.new_values) for each in told] == [
        ("Olga", {"file": kept.pk}) for kept in carla.attachments.order_by("pk")
    ]


def test_a_script_sends_one_and_hears_what_came_of_it(
    sign_in: Enter,
    carla: Contact,
) -> None:
    browser = sign_in("olga")

    good = browser.post(upload_url(carla), {"file": sent("a.jpg", picture("JPEG"))}, headers=JSON)
    bad = browser.post(upload_url(carla), {"file": sent("b.jpg", b"<html>")}, headers=JSON)
    none = browser.post(upload_url(carla), {}, headers=JSON)

    assert (good.status_code, json.loads(good.content)) == (201, {"error": ""})
    assert (bad.status_code, "This is no JPG file" in json.loads(bad.content)["error"]) == (
        422,
        True,
    )
    assert none.status_code == 422
    assert [each.kind for each in carla.attachments.all()] == ["image"]


def test_kind_narrows_what_is_taken(sign_in: Enter, carla: Contact) -> None:
    scans = AttachmentType.objects.create(name="Scans", extensions=[".PDF"], max_size=100)
    browser, url = sign_in("olga"), upload_url(carla)

    wrong = browser.post(url, {"type": scans.pk, "file": sent("a.txt")}, headers=JSON)
    large = browser.post(
        url, {"type": scans.pk, "file": sent("a.pdf", b"%PDF-1.4" + b"x" * 200)}, headers=JSON
    )
    good = browser.post(url, {"type": scans.pk, "file": sent("a.pdf", b"%PDF-1.4")}, headers=JSON)

    assert "Allowed are: pdf" in json.loads(wrong.content)["error"]
    assert "too large" in json.loads(large.content)["error"]
    assert good.status_code == 201
    assert carla.attachments.get().type_name == "Scans"


def test_files_page_shows_them_by_htmx_and_by_reload(
    sign_in: Enter,
    carla: Contact,
    kept: Attachment,
) -> None:
    browser = sign_in("olga")

    fragment = browser.get(upload_url(carla), headers=HTMX).content.decode()
    page = browser.get(f"{carla.get_absolute_url()}?tab=files").content.decode()

    assert fragment.count(kept.get_absolute_url()) == page.count(kept.get_absolute_url()) > 0
    assert browser.get(upload_url(carla))["Location"].endswith("?tab=files")


def test_who_may_not_change_the_record_only_looks(
    sign_in: Enter,
    carla: Contact,
    kept: Attachment,
) -> None:
    vera = sign_in("vera", Can.SEE_PHONES)

    page = vera.get(f"{carla.get_absolute_url()}?tab=files").content.decode()

    assert (kept.display_name in page, "data-drop" in page) == (True, False)
    assert vera.post(upload_url(carla), {"file": sent()}).status_code == 403
    assert vera.post(reverse("attachments:delete", args=[kept.uuid])).status_code == 403
    assert body(vera.get(kept.get_absolute_url())) == b"words"


@pytest.mark.parametrize("label", ["auth.group", "waha.wahamessage", "crm.nothing", "x"])
def test_records_that_take_no_files_are_not_there(
    sign_in: Enter, label: str, carla: Contact
) -> None:
    answer = sign_in("olga").post(f"/files/on/{label}/{carla.pk}/", {"file": sent()})

    assert (answer.status_code, Attachment.objects.count()) == (404, 0)


def test_file_of_an_unseen_contact_is_hidden(
    sign_in: Enter,
    foreign: Contact,
    users: dict[str, User],
) -> None:
    hidden = services.store([b"x"], record=foreign, name="x.txt", by=None, max_bytes=9)
    browser = sign_in("olga")

    answers = [
        browser.get(hidden.get_absolute_url()).status_code,
        browser.post(upload_url(foreign), {"file": sent()}).status_code,
        browser.post(reverse("attachments:delete", args=[hidden.uuid])).status_code,
    ]

    assert answers == [404, 404, 404]


def test_rename_keeps_what_the_bytes_are(sign_in: Enter, kept: Attachment) -> None:
    browser, url = sign_in("olga"), reverse("attachments:edit", args=[kept.uuid])

    browser.post(url, {"name": "../new\u202e name.exe", "type": ""})

    kept.refresh_from_db()
    assert (kept.display_name, kept.original_name) == ("new name.exe.txt", "plan.txt")


@pytest.mark.parametrize(
    ("extensions", "most", "said"),
    [
        (["pdf"], 99, "Scans may only be: pdf."),
        (["txt"], 2, "The file is too large: at most 1 MB."),
    ],
)
def test_what_a_kind_does_not_take_changes_nothing(
    sign_in: Enter, kept: Attachment, extensions: list[str], most: int, said: str
) -> None:
    """Neither the kind nor the name that was sent with it."""
    kind = AttachmentType.objects.create(name="Scans", extensions=extensions, max_size=most)
    browser, url = sign_in("olga"), reverse("attachments:edit", args=[kept.uuid])

    page = browser.post(url, {"name": "Other", "type": kind.pk}).content.decode()

    kept.refresh_from_db()
    assert (kept.display_name, kept.type) == ("plan.txt", None)
    assert (said in page, "<bdi>plan.txt</bdi>" in page) == (True, True)


@pytest.mark.core
def test_replace_keeps_the_address_and_the_old_bytes_come_back(
    sign_in: Enter,
    carla: Contact,
    kept: Attachment,
) -> None:
    browser = sign_in("olga")

    browser.post(
        reverse("attachments:replace", args=[kept.uuid]), {"file": sent("b.txt", b"newer")}
    )
    newer = body(browser.get(kept.get_absolute_url()))
    old = Attachment.objects.get(deleted_at__isnull=False)
    browser.post(reverse("attachments:restore", args=[old.uuid]))

    assert newer == b"newer"
    assert body(browser.get(old.get_absolute_url())) == b"words"
    assert carla.attachments.kept().count() == 2


def test_move_goes_to_the_company_and_nowhere_else(
    sign_in: Enter,
    carla: Contact,
    acme: Company,
    foreign: Contact,
    kept: Attachment,
) -> None:
    browser, url = sign_in("olga"), reverse("attachments:move", args=[kept.uuid])

    browser.post(url, {"to": f"crm.contact.{foreign.pk}"})
    stayed = Attachment.objects.of(carla).count()
    browser.post(url, {"to": f"crm.company.{acme.pk}"})

    assert (stayed, Attachment.objects.of(carla).count()) == (1, 0)
    assert Attachment.objects.of(acme).get() == kept


@pytest.mark.core
def test_delete_can_be_undone_until_it_is_cleared(
    sign_in: Enter,
    carla: Contact,
    kept: Attachment,
) -> None:
    browser = sign_in("olga")

    panel = browser.post(reverse("attachments:delete", args=[kept.uuid]), headers=HTMX)
    gone = browser.get(kept.get_absolute_url()).status_code
    browser.post(reverse("attachments:restore", args=[kept.uuid]), headers=HTMX)

    assert b"is deleted" in panel.content
    assert gone == 404
    assert body(browser.get(kept.get_absolute_url())) == b"words"
    told = AuditLog.objects.filter(object_id=carla.pk).exclude(event="attachment.downloaded")
    assert list(told.values_list("event", flat=True)) == [
        "attachment.restored",
        "attachment.removed",
        "attachment.added",
    ]


def test_quarantined_file_is_shown_as_held_back(
    sign_in: Enter,
    carla: Contact,
    kept: Attachment,
) -> None:
    Attachment.objects.update(scan_state=ScanState.QUARANTINED)

    page = sign_in("olga").get(f"{carla.get_absolute_url()}?tab=files").content.decode()

    assert ("held back" in page, kept.get_absolute_url() + '"' in page) == (True, False)


def test_picture_stands_for_the_record(
    sign_in: Enter,
    carla: Contact,
) -> None:
    browser, url = sign_in("olga"), reverse("contacts:picture", args=[carla.pk])

    browser.post(url, {"file": sent("me.jpg", picture("JPEG"))})
    carla.refresh_from_db()
    shown = carla.picture_url in browser.get("/contacts/").content.decode()
    browser.post(url, {"file": sent("words.txt")})
    browser.post(url, {"none": "1"})

    assert (bool(carla.picture_url), shown) == (True, True)
    assert Attachment.objects.of(carla).kept().count() == 0
    carla.refresh_from_db()
    assert carla.picture_url == ""


def test_own_documents_stand_on_the_profile(users: dict[str, User], sign_in: Enter) -> None:
    browser, olga = sign_in("olga"), users["olga"]

    browser.post(upload_url(olga), {"file": sent("contract.txt")})
    refused = browser.post(upload_url(users["sam"]), {"file": sent()})

    assert b"contract.txt" in browser.get(reverse("accounts:profile")).content
    assert refused.status_code == 404


def test_documents_stand_in_the_admin(client: Client, users: dict[str, User]) -> None:
    olga = users["olga"]
    services.store([b"x"], record=olga, name="contract.txt", by=None, max_bytes=9)
    boss = allow(users["mia"], Can.VIEW_USERS)
    User.objects.filter(pk=boss.pk).update(is_staff=True)
    client.force_login(boss, backend="accounts.backends.RoleBackend")

    page = client.get(reverse("admin:accounts_user_change", args=[olga.pk]))

    assert b"contract.txt" in page.content


def test_command_finds_orphans_and_missing_files(
    kept: Attachment, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "GRACE", timedelta(0))
    orphan = services.intake.receive([b"orphan"], name="o.txt", max_bytes=99)
    call_command("check_files")
    found = capsys.readouterr().out
    call_command("check_files", "--clear")
    services.intake.remove_paths(kept.path)

    with pytest.raises(CommandError, match="backup"):
        call_command("check_files")

    assert f"orphan: {orphan.path}" in found
    assert f"missing: file {kept.pk}" in capsys.readouterr().out


def test_purge_clears_bytes_and_rows_of_what_was_deleted_long_ago(
    kept: Attachment, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    Attachment.objects.update(deleted_at=timezone.now() - timedelta(days=40))

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        purged = services.purge(older_than=timedelta(days=30))

    assert (purged, Attachment.objects.count()) == (1, 0)
    assert not services.default_storage.exists(kept.path)


@pytest.mark.core
def test_files_of_a_record_are_found_by_their_index(carla: Contact, kept: Attachment) -> None:
    copies = [
        Attachment(
            display_name="x", original_name="x", name="x", path="x", model_id=n,
            model_type_id=kept.model_type_id,
        )
        for n in range(100_000, 102_000)
    ]  # fmt: skip
    Attachment.objects.bulk_create(copies)
    plan = Attachment.objects.of(carla).kept().explain()

    assert "idx_attachments_model" in plan
