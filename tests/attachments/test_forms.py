from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from attachments.forms import TypeForm, UploadForm
from attachments.models import AttachmentType
from tests.factories import make_user

PDF_ONLY = AttachmentType(name="Certificate", extensions=[".PDF"], max_size=20)


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("a.pdf", b"x" * 20, None),
        ("a.pdf", b"x" * 21, "too_large"),
        ("a.exe", b"x", "extension"),
        ("pdf", b"x", "extension"),
        ("a.pdf", b"", "empty"),
    ],
)
def test_upload_form_holds_files_to_their_type(name: str, data: bytes, error: str | None) -> None:
    form = UploadForm(files={"file": SimpleUploadedFile(name, data)}, type=PDF_ONLY)

    codes = [one.code for one in form.errors.as_data().get("file", [])]

    assert codes == ([error] if error else [])


def test_upload_form_without_a_type_takes_any_extension() -> None:
    form = UploadForm(files={"file": SimpleUploadedFile("a.xyz", b"data")})

    assert form.is_valid()


@pytest.mark.django_db
def test_a_kind_of_file_is_written_as_people_write_it(client: Client) -> None:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    values = {"name": "Letters", "description": "", "endings": ".PDF, *.docx  pdf"}

    client.post(reverse("admin:attachments_attachmenttype_add"), values | {"megabytes": "5"})

    kind = AttachmentType.objects.get()
    page = client.get(reverse("admin:attachments_attachmenttype_changelist")).content.decode()
    assert (kind.extensions, kind.max_size) == (["docx", "pdf"], 5 * 1024 * 1024)
    assert ("docx, pdf" in page, "5.0\xa0MB" in page) == (True, True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"endings": "pdf, <b>"}, ["endings"]),
        ({"endings": "tar.gz"}, ["endings"]),
        ({"endings": "."}, ["endings"]),
        ({"megabytes": "0"}, ["megabytes"]),
        ({"megabytes": "101"}, ["megabytes"]),
        ({"name": ""}, ["name"]),
    ],
)
def test_a_kind_of_file_that_makes_no_sense_is_refused(
    values: dict[str, Any], wrong: list[str], settings: Any
) -> None:
    settings.MEDIA_MAX_BYTES = 100 * 1024 * 1024

    form = TypeForm({"name": "Letters", "endings": "", "megabytes": "5", **values})

    assert list(form.errors) == wrong


@pytest.mark.django_db
def test_a_size_set_otherwise_stays_while_nobody_changes_it() -> None:
    kind = AttachmentType.objects.create(name="Tiny", extensions=["pdf"], max_size=20)

    form = TypeForm({"name": "Tiny", "endings": "pdf", "megabytes": "1"}, instance=kind)

    assert form.is_valid()
    assert form.save().max_size == 20
