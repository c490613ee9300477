"""Copies of voice notes: made by ffmpeg under limits, or not at all."""

import os
import shutil
import stat
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from accounts.models import User
from attachments import changes, copies, services, transcoder
from attachments.models import Attachment, AttachmentCopy, CopyState
from waha.gateway.simulator.media import shipped

pytestmark = pytest.mark.django_db

needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="ffmpeg is not installed: no copy can be made"
)
Stand = Callable[[str], None]


@pytest.fixture
def voice(owner: User) -> Attachment:
    return services.store(
        [shipped("voice.ogg")], record=owner, name="voice.ogg", by=owner, max_bytes=10**6
    )


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """`stand_in(shell)`: what is found for ffmpeg runs these words of the shell."""

    def make(words: str) -> None:
        program = tmp_path / "ffmpeg"
        program.write_text(f"#!/bin/sh\n{words}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(copies, "ffmpeg", lambda: str(program))

    return make


def copy_of(attachment: Attachment) -> AttachmentCopy:
    return AttachmentCopy.objects.get(attachment=attachment)


def stored(folder: Path) -> int:
    return len([path for path in folder.rglob("*") if path.is_file()])


@needs_ffmpeg
@pytest.mark.core
def test_a_voice_note_gets_a_copy_and_keeps_its_original(voice: Attachment) -> None:
    tried = copies.make_due()

    copy = copy_of(voice)
    with default_storage.open(copy.path) as file:
        head = file.read(12)
    assert (tried, copy.state, head[4:8]) == (1, CopyState.MADE, b"ftyp")
    assert services.read(voice) == shipped("voice.ogg")
    assert copies.make_due() == 0


@needs_ffmpeg
def test_the_copy_is_mono_aac_as_long_as_the_original(voice: Attachment) -> None:
    copies.make_due()

    path = default_storage.path(copy_of(voice).path)
    ask = "stream=codec_name,channels:format=duration"
    told = subprocess.run(  # noqa: S603
        ["ffprobe", "-v", "error", "-show_entries", ask, "-of", "default=nw=1:nk=1", path],  # noqa: S607
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    original = default_storage.path(voice.path)
    length = subprocess.run(  # noqa: S603
        ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of",  # noqa: S607
         "default=nw=1:nk=1", original],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert told[:2] == ["aac", "1"]
    assert abs(float(told[2]) - float(length)) < 0.2


@needs_ffmpeg
@pytest.mark.parametrize(
    "data",
    [
        shipped("voice.ogg")[:700],
        b"OggS" + bytes(5000),
        b"OggS\0\2" + b"#EXTM3U\nhttp://127.0.0.1:9/x.ts\n" * 50,
    ],
    ids=["cut", "zeros", "playlist"],
)
def test_a_broken_voice_note_gets_no_copy_and_stays(
    owner: User, files_folder: Path, data: bytes
) -> None:
    kept = services.store([data], record=owner, name="v.ogg", by=owner, max_bytes=10**6)
    AttachmentCopy.objects.get_or_create(attachment=kept)

    copies.make_due()

    copy = copy_of(kept)
    if copy.state == CopyState.MADE:  # a cut one may play as far as it goes
        assert default_storage.size(copy.path) > 0
    else:
        assert (copy.state, copy.path, stored(files_folder)) == (CopyState.FAILED, "", 1)
    assert services.read(kept) == data


def test_without_ffmpeg_the_copy_waits(voice: Attachment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "ffmpeg", lambda: None)

    assert (copies.make_due(), copies.waiting()) == (0, 1)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("exit 1", "ffmpeg ended with 1"),
        ("exit 0", "ffmpeg ended with 0"),
        ("kill -9 $$", "ffmpeg ended with -9"),
    ],
)
def test_an_ffmpeg_that_fails_is_not_asked_for_ever(
    voice: Attachment, stand_in: Stand, files_folder: Path, words: str, reason: str
) -> None:
    stand_in(words)

    tried = [copies.make_due() for _ in range(2)]

    copy = copy_of(voice)
    assert (tried, copy.state, copy.last_error) == ([1, 0], CopyState.FAILED, reason)
    assert stored(files_folder) == 1


def test_an_ffmpeg_that_hangs_is_ended(
    voice: Attachment, stand_in: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "FILE_SECONDS", 0.5)
    stand_in("exec sleep 60")
    began = time.monotonic()

    copies.make_due()

    assert (copy_of(voice).state, time.monotonic() - began < 20) == (CopyState.FAILED, True)


def test_what_it_writes_has_an_end(voice: Attachment, stand_in: Stand, files_folder: Path) -> None:
    stand_in('for last; do :; done\nexec cat /dev/zero > "${last#file:}"')

    copies.make_due()

    assert (copy_of(voice).state, stored(files_folder)) == (CopyState.FAILED, 1)


def test_the_child_has_no_secret_and_little_of_the_machine(
    voice: Attachment, stand_in: Stand, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    stand_in(f"/usr/bin/env > {told}; ulimit -v >> {told}; ulimit -t >> {told}; exit 1")

    copies.make_due()

    lines = told.read_text().split()
    secrets = [line for line in lines if "KEY" in line or "URL" in line or "SECRET" in line]
    assert secrets == []
    assert lines[-2:] == [str(transcoder.MEMORY // 1024), str(transcoder.CPU_SECONDS)]


def test_the_network_is_no_place_to_read_from() -> None:
    words = transcoder.command("/usr/bin/ffmpeg", "/tmp/in.ogg", "/tmp/out.m4a")  # noqa: S108

    before = words[: words.index("-i")]
    assert before[before.index("-protocol_whitelist") + 1] == "file"
    assert before[before.index("-f") + 1] == "ogg"


def test_too_large_a_file_is_not_even_opened(voice: Attachment, stand_in: Stand) -> None:
    stand_in("exit 1")
    Attachment.objects.filter(pk=voice.pk).update(size=copies.MAX_INPUT + 1)

    copies.make_due()

    assert copy_of(voice).last_error == "larger than 32 MB"


def test_a_storage_that_is_away_is_tried_again(
    voice: Attachment, stand_in: Stand, files_folder: Path
) -> None:
    stand_in("exit 1")
    os.rename(default_storage.path(voice.path), files_folder / "elsewhere")
    states = []

    for _ in range(copies.TRIES):
        copies.make_due()
        states.append(copy_of(voice).state)
        AttachmentCopy.objects.update(due_at=timezone.now() - timedelta(seconds=1))

    assert states == [CopyState.PENDING] * (copies.TRIES - 1) + [CopyState.FAILED]


def test_pictures_and_papers_need_no_copy(owner: User, picture: Callable[..., bytes]) -> None:
    for data, name in ((picture(), "a.jpg"), (b"%PDF-1.4 x", "a.pdf")):
        services.store([data], record=owner, name=name, by=owner, max_bytes=10**6)

    assert AttachmentCopy.objects.count() == 0


@needs_ffmpeg
def test_the_copy_goes_with_its_file(voice: Attachment, owner: User, files_folder: Path) -> None:
    copies.make_due()
    before = stored(files_folder)

    services.remove(voice, by=owner)

    # `remove` deletes bytes once that is committed; within a test nothing is.
    assert (before, AttachmentCopy.objects.count()) == (2, 0)


@needs_ffmpeg
def test_a_replaced_voice_note_keeps_its_copy_and_gets_another(
    voice: Attachment, owner: User
) -> None:
    copies.make_due()
    path = copy_of(voice).path
    again = copies.intake.receive([shipped("voice.ogg")], name="again.ogg", max_bytes=10**6)

    old = changes.replace(voice, again, by=owner)

    assert (copy_of(old).path, copy_of(voice).state) == (path, CopyState.PENDING)


@needs_ffmpeg
def test_the_copy_is_handed_out_like_its_file(
    client: Client, voice: Attachment, owner: User, stranger: User
) -> None:
    address = voice.playable_url
    client.force_login(owner)
    early = client.get(address).status_code
    copies.make_due()

    whole = client.get(address)
    part = client.get(address, headers={"Range": "bytes=4-7"})
    client.force_login(stranger)

    assert (early, whole["Content-Type"], b"".join(whole)[4:8]) == (404, "audio/mp4", b"ftyp")
    assert (part.status_code, b"".join(part)) == (206, b"ftyp")
    assert client.get(address).status_code == 404
