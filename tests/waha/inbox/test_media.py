"""Files and polls in bubbles: shown small, played anywhere, asked for again, held back."""

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import User
from attachments import intake, services
from attachments.models import Attachment, ScanState
from tests.attachments.hostile import png_of
from tests.waha.inbox.conftest import NOON, add_message
from waha.gateway.simulator.media import shipped
from waha.models import MediaState, WahaChat, WahaMedia, WahaMessage, WahaUpdate

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
GPS = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}


@pytest.fixture(autouse=True)
def files_folder(var_dir: Path) -> Path:
    return var_dir / "files"


def keep(message: WahaMessage, data: bytes, name: str) -> Attachment:
    stored = intake.receive([data], name=name, max_bytes=10**8, keep_huge=True)
    return services.attach(stored, record=message, by=None, chat_id=message.chat_id)


def with_file(chat: WahaChat, kind: str, data: bytes, name: str) -> Attachment:
    message = add_message(chat, "", type=kind, media_state=MediaState.STORED, media_name=name)
    return keep(message, data, name)


def missing(chat: WahaChat, **values: object) -> WahaMessage:
    return add_message(
        chat, "", type="document", media_state=MediaState.MISSING, media_name="a.pdf", **values
    )


def page(desk: Client, chat: WahaChat) -> str:
    words: str = desk.get(reverse("inbox:chat", args=[chat.pk])).content.decode()
    return words


def photo_with_a_place() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "CameraMaker"
    exif.get_ifd(0x8825).update(GPS)
    out = io.BytesIO()
    Image.new("RGB", (1200, 900), "teal").save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_photo_is_shown_by_its_thumbnail(desk: Client, chat: WahaChat) -> None:
    photo = with_file(chat, "image", photo_with_a_place(), "photo.jpg")

    shown = re.findall(r'<img src="(/files/[^"]+)"', page(desk, chat))

    assert shown == [photo.thumbnail_url]


def test_what_is_shown_of_a_photo_says_nothing_of_its_place(desk: Client, chat: WahaChat) -> None:
    data = photo_with_a_place()
    photo = with_file(chat, "image", data, "photo.jpg")

    shown = b"".join(desk.get(photo.thumbnail_url))

    with Image.open(io.BytesIO(data)) as original, Image.open(io.BytesIO(shown)) as small:
        assert original.getexif().get_ifd(0x8825)[1] == "N"  # there was something to drop
        assert (small.getexif(), {"exif", "xmp", "icc_profile"} & set(small.info)) == ({}, set())
    assert (b"CameraMaker" in data, b"CameraMaker" in shown) == (True, False)


def test_a_picture_too_large_to_be_made_small_is_only_handed_out(
    desk: Client, chat: WahaChat
) -> None:
    photo = with_file(chat, "image", png_of(16_000, 16_000), "wall.png")

    words = page(desk, chat)

    assert (photo.thumbnail_path, '<img src="/files' in words) == ("", False)
    assert f'href="{photo.get_absolute_url()}" download' in words


@pytest.mark.parametrize("kind", ["image", "sticker"])
def test_a_broken_picture_is_only_handed_out(desk: Client, chat: WahaChat, kind: str) -> None:
    photo = with_file(chat, kind, photo_with_a_place()[:400], "cut.jpg")

    words = page(desk, chat)

    assert (photo.mime_type, '<img src="/files' in words) == ("image/jpeg", False)
    assert f'href="{photo.get_absolute_url()}" download' in words


def test_a_voice_note_names_a_copy_for_who_plays_no_ogg(desk: Client, chat: WahaChat) -> None:
    voice = with_file(chat, "voice", shipped("voice.ogg"), "voice.ogg")

    sources = re.findall(r'<source src="([^"]+)" type="([^"]+)"', page(desk, chat))

    assert sources == [
        (voice.get_absolute_url(), "audio/ogg; codecs=opus"),
        (voice.playable_url, "audio/mp4"),
    ]


def test_other_sound_needs_no_copy(desk: Client, chat: WahaChat) -> None:
    sound = with_file(chat, "audio", b"ID3\x03\0\0\0\0\0\0" + b"\xff\xfb\x90\0" * 200, "song.mp3")

    sources = re.findall(r'<source src="([^"]+)" type="([^"]+)"', page(desk, chat))

    assert sources == [(sound.get_absolute_url(), "audio/mpeg")]


def test_a_file_held_back_by_the_virus_scan_says_so(desk: Client, chat: WahaChat) -> None:
    file = with_file(chat, "document", b"%PDF-1.4 x", "a.pdf")
    Attachment.objects.update(scan_state=ScanState.QUARANTINED)

    words = page(desk, chat)

    assert "Held back by the virus scan." in words
    assert (file.get_absolute_url() in words, "/fetch/" in words) == (False, False)


def test_a_file_that_was_taken_off_says_so(desk: Client, chat: WahaChat, olga: User) -> None:
    file = with_file(chat, "document", b"%PDF-1.4 x", "a.pdf")
    Attachment.objects.update(deleted_at=NOON, deleted_by=olga)

    words = page(desk, chat)

    assert "The file is not here any more." in words
    assert (file.get_absolute_url() in words, "/fetch/" in words) == (False, False)


def test_a_file_that_could_not_be_fetched_is_tried_again_once(desk: Client, chat: WahaChat) -> None:
    message = missing(chat)
    row = WahaMedia.objects.create(
        session=chat.session, chat=chat, message=message, message_created_at=message.created_at,
        state=MediaState.MISSING, attempts=9, path="/api/files/support/RAW.pdf",
    )  # fmt: skip
    address = reverse("inbox:message-fetch", args=[chat.pk, message.pk])
    offered = address in page(desk, chat)

    response = desk.post(address, headers=HTMX)

    row.refresh_from_db()
    message.refresh_from_db()
    assert (offered, row.state, row.attempts) == (True, MediaState.PENDING, 8)
    assert (message.media_state, "Being fetched" in response.content.decode()) == ("pending", True)
    assert list(WahaUpdate.objects.values_list("kind", "ref")) == [("change", message.pk)]


def test_a_file_nobody_has_a_row_of_gets_one(desk: Client, chat: WahaChat) -> None:
    message = missing(chat, at=NOON - timedelta(days=1))

    response = desk.post(reverse("inbox:message-fetch", args=[chat.pk, message.pk]))

    row = WahaMedia.objects.get()
    assert (response.status_code, row.message_id, row.state) == (302, message.pk, "pending")


def test_a_file_that_is_there_is_not_fetched_again(desk: Client, chat: WahaChat) -> None:
    file = with_file(chat, "document", b"%PDF-1.4 x", "a.pdf")

    desk.post(reverse("inbox:message-fetch", args=[chat.pk, file.model_id]))

    assert (WahaMedia.objects.count(), WahaUpdate.objects.count()) == (0, 0)
    assert default_storage.exists(file.path)


def test_a_poll_shows_who_chose_what(desk: Client, chat: WahaChat) -> None:
    votes = {
        chat.chat_id: {"at": "2026-01-01", "id": "V1", "options": ["Mon", "Wed"]},
        "me": {"at": "2026-01-01", "id": "V2", "options": ["Mon"]},
        "447700900555@c.us": {"at": "2026-01-01", "id": "V3", "options": []},
    }
    poll = {"name": "When?", "options": ["Mon", "Tue"], "many": True, "votes": votes}
    add_message(chat, "", type="poll", extra={"poll": poll})

    response = desk.get(reverse("inbox:chat", args=[chat.pk]))

    shown = response.context["messages"][-1].poll
    chosen = [(option.text, option.votes, option.who) for option in shown.options]
    assert chosen == [("Mon", 2, "Carla, You"), ("Tue", 0, ""), ("Wed", 1, "Carla")]
    assert (shown.voters, "2 votes" in response.content.decode()) == (2, True)
