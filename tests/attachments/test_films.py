"""A film's first picture: drawn by ffmpeg under limits, or left to the browser."""

import io
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from PIL import Image

from accounts.models import User
from attachments import film_frame, previews, services
from attachments.models import Attachment
from waha.gateway.simulator.media import shipped

pytestmark = pytest.mark.django_db

needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="ffmpeg is not installed: no picture can be drawn"
)


def keep(owner: User, data: bytes = b"") -> Attachment:
    data = data or shipped("clip.mp4")
    return services.store([data], record=owner, name="clip.mp4", by=owner, max_bytes=10**6)


def tile(file: Attachment) -> str:
    return render_to_string("attachments/_file.html", {"file": file, "may_change_files": False})


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """`stand_in(shell)`: what is found for ffmpeg runs these words of the shell; its path."""

    def make(words: str) -> str:
        program = tmp_path / "ffmpeg"
        program.write_text(f"#!/bin/sh\n{words}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(previews.shutil, "which", lambda name: str(program))
        return str(program)

    return make


@needs_ffmpeg
def test_a_film_gets_its_first_picture(owner: User) -> None:
    film = keep(owner)

    with (
        default_storage.open(film.thumbnail_path) as file,
        Image.open(io.BytesIO(file.read())) as p,
    ):
        assert (p.format, max(p.size) <= film_frame.EDGE, len(p.getcolors(10**6) or ()) > 50) == (
            "WEBP", True, True,
        )  # fmt: skip
    assert (film.width, film.height) == (None, None)
    assert f'poster="{film.thumbnail_url}"' in tile(film)
    assert "#t=" not in tile(film)


def test_without_ffmpeg_the_browser_shows_one_from_the_film(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews.shutil, "which", lambda name: None)

    film = keep(owner)

    assert (film.mime_type, film.thumbnail_path) == ("video/mp4", "")
    assert f'preload="metadata" playsinline src="{film.get_absolute_url()}#t=0.001"' in tile(film)


@pytest.mark.parametrize(
    "words", ["exit 1", "echo no picture", "exec sleep 60"], ids=["fails", "lies", "hangs"]
)
def test_an_ffmpeg_that_draws_nothing_costs_the_picture_alone(
    owner: User, stand_in: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setattr(previews, "SECONDS", 0.5)
    stand_in(words)

    film = keep(owner)

    assert (film.thumbnail_path, services.read(film)) == ("", shipped("clip.mp4"))


def test_the_child_has_no_secret_and_little_of_the_machine(
    stand_in: Callable[[str], str],
) -> None:
    program = stand_in("/usr/bin/env; ulimit -v; ulimit -t; ulimit -f")

    with tempfile.TemporaryFile() as nothing:
        done = previews._run(nothing, str(previews.FRAME_PROGRAM), program, "mov")

    assert done is not None
    lines = done.stdout.decode().split()
    assert [line for line in lines if "KEY" in line or "URL" in line or "SECRET" in line] == []
    assert lines[-3:] == [str(film_frame.MEMORY // 1024), str(film_frame.CPU_SECONDS), "0"]


def test_neither_network_nor_playlists_are_read() -> None:
    words = film_frame.command("/usr/bin/ffmpeg", "mov")

    before = words[: words.index("-i")]
    assert before[before.index("-protocol_whitelist") + 1] == "file"
    assert before[before.index("-f") + 1] == "mov"
