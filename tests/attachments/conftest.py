"""Files for the tests of files, and who may see them."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db.models import Q
from PIL import Image

from accounts.models import User
from attachments import visibility


@pytest.fixture(autouse=True)
def files_folder(var_dir: Path) -> Path:
    return var_dir / "files"


@pytest.fixture
def owner(db: None) -> User:
    """The record that files hang on in these tests: a user, seen by themself only."""
    return User.objects.create_user("olga@example.com", "pw", name="Olga")


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("sam@example.com", "pw", name="Sam")


@pytest.fixture(autouse=True)
def own_files_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files on a user are seen by that user, as a later app might register."""
    monkeypatch.setitem(visibility._clauses, "accounts.user", lambda user: Q(model_id=user.pk))


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """`picture(width, height, format)`: a real picture with a place in its EXIF."""

    def make(width: int = 800, height: int = 600, format: str = "JPEG") -> bytes:  # noqa: A002
        exif = Image.Exif()
        exif[0x010F] = "CameraMaker"
        out = io.BytesIO()
        Image.new("RGB", (width, height), "teal").save(out, format, exif=exif)
        return out.getvalue()

    return make
