import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from attachments.forms import UploadForm
from attachments.models import AttachmentType

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
