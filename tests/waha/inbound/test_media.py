"""Files of messages, fetched from a WAHA that keeps them for three minutes only."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from attachments import intake, services
from attachments.models import Attachment
from attachments.refusals import StorageFailed
from tests.attachments.hostile import png_of
from tests.fixtures.simulator import SUPPORT
from waha.gateway.simulator import Media, Simulator
from waha.inbound import media
from waha.models import (
    MediaState,
    WahaChat,
    WahaMedia,
    WahaMessage,
    WahaServer,
    WahaSession,
    WahaUpdate,
)

pytestmark = [pytest.mark.django_db, pytest.mark.core]

CARLA = "447700900123@c.us"
PDF = b"%PDF-1.4 certificate"
Incoming = Callable[..., WahaMedia]


@pytest.fixture(autouse=True)
def files_folder(var_dir: Path) -> Path:
    return var_dir / "files"


@pytest.fixture
def waha(server: WahaServer, number: WahaSession) -> Iterator[Simulator]:
    with Simulator(
        api_key=settings.WAHA_API_KEY, sessions=(SUPPORT,), engine=server.engine
    ) as simulator:
        server.url = simulator.url
        server.save(update_fields=["url"])
        yield simulator


@pytest.fixture
def incoming(waha: Simulator, chat: WahaChat) -> Incoming:
    """`incoming(data)`: a customer's file that the webhook told of and that is to be fetched."""

    def make(
        data: bytes = PDF, mimetype: str = "application/pdf", name: str | None = "a.pdf"
    ) -> WahaMedia:
        file = Media(mimetype, data, name)
        raw_id = waha.say(CARLA, kind="document", file=file, session="support").split("_")[2]
        message = WahaMessage.objects.create(
            session=chat.session, chat=chat, message_id=raw_id, type="document",
            status="received", sender_id=CARLA, media_state=MediaState.PENDING,
            media_name=name or "", media_mime=mimetype, created_at=timezone.now(),
        )  # fmt: skip
        return WahaMedia.objects.create(
            session=chat.session, chat=chat, message=message,
            message_created_at=message.created_at,
            path=f"/api/files/support/{raw_id}.{file.extension}",
        )  # fmt: skip

    return make


def outcome(row: WahaMedia) -> tuple[str, str, int]:
    """(state of the row, state of the message, how many files it has)."""
    message = WahaMessage.objects.get(pk=row.message_id)
    row.refresh_from_db()
    return row.state, message.media_state, Attachment.objects.of(message).count()


def due_again() -> None:
    WahaMedia.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_a_file_is_fetched_once_and_the_screens_are_told(
    chat: WahaChat, incoming: Incoming
) -> None:
    row = incoming()

    for _ in range(2):
        media.fetch_due()

    message = WahaMessage.objects.get(pk=row.message_id)
    kept = Attachment.objects.of(message).get()
    assert outcome(row) == ("stored", "stored", 1)
    assert (services.read(kept), kept.chat_id, kept.display_name) == (PDF, chat.pk, "a.pdf")
    assert (message.media_mime, message.media_size) == ("application/pdf", len(PDF))
    assert list(WahaUpdate.objects.values_list("kind", "ref")) == [("change", message.pk)]


def test_a_file_is_seen_by_who_sees_its_chat(
    client: Client, users: dict[str, User], incoming: Incoming
) -> None:
    incoming()
    media.fetch_due()
    address = Attachment.objects.get().get_absolute_url()
    answers = {}

    for name in ("vera", "sam"):
        client.force_login(users[name])
        response = client.get(address)
        answers[name] = (response.status_code, b"".join(response))

    assert answers["vera"] == (200, PDF)
    assert (answers["sam"][0], PDF in answers["sam"][1]) == (404, False)


@pytest.mark.parametrize("engine", ["NOWEB", "GOWS", "WEBJS"])
def test_an_expired_file_is_asked_for_again_by_its_message(
    server: WahaServer, request: pytest.FixtureRequest, engine: str
) -> None:
    server.engine = engine
    server.save(update_fields=["engine"])
    waha: Simulator = request.getfixturevalue("waha")
    row: WahaMedia = request.getfixturevalue("incoming")()
    raw_id = WahaMessage.objects.get().message_id
    file = waha.session("support").messages[raw_id].media
    assert file is not None
    file.published_at -= 1000

    media.fetch_due()

    assert outcome(row) == ("stored", "stored", 1)


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "http://10.0.0.1/api/files/x", "/api/files/../../x"]
)
def test_a_path_that_is_none_of_wahas_is_never_called(
    incoming: Incoming, waha: Simulator, path: str
) -> None:
    row = incoming()
    WahaMedia.objects.update(path=path)

    media.fetch_due()

    row.refresh_from_db()
    assert outcome(row) == ("stored", "stored", 1)
    assert row.path.startswith("/api/files/support/")


def test_a_file_that_is_gone_is_missing_after_every_step(
    incoming: Incoming, waha: Simulator
) -> None:
    row = incoming()
    waha.session("support").messages.clear()
    states = []

    for _ in range(len(media.LADDER) + 3):
        media.fetch_due()
        states.append(outcome(row)[1])
        due_again()

    assert states == ["pending"] * len(media.LADDER) + ["missing"] * 3


def test_the_pauses_follow_the_ladder(incoming: Incoming, waha: Simulator) -> None:
    row = incoming()
    waha.session("support").messages.clear()
    pauses = []

    for _ in media.LADDER:
        media.fetch_due()
        row.refresh_from_db()
        pauses.append(round((row.due_at - timezone.now()).total_seconds()))
        due_again()

    assert pauses == list(media.LADDER)


def test_a_server_that_is_away_is_asked_again(incoming: Incoming, server: WahaServer) -> None:
    row = incoming()
    url, server.url = server.url, "http://127.0.0.1:9"
    server.save(update_fields=["url"])
    media.fetch_due()
    away = outcome(row)
    server.url = url
    server.save(update_fields=["url"])
    due_again()

    media.fetch_due()

    assert (away, outcome(row)) == (("pending", "pending", 0), ("stored", "stored", 1))


def test_a_file_shorter_than_announced_is_asked_for_again(
    incoming: Incoming, files_folder: Path
) -> None:
    row = incoming(PDF)
    WahaMessage.objects.update(media_size=len(PDF) + 1)
    outcomes = []

    for _ in range(media.TRIES_FOR_SIZE):
        media.fetch_due()
        outcomes.append(outcome(row))
        due_again()
    left = [path for path in files_folder.rglob("*") if path.is_file()]
    reason = row.last_error
    media.fetch_due()

    assert outcomes == [("pending", "pending", 0)] * media.TRIES_FOR_SIZE
    assert (left, reason) == ([], "The file came with 20 bytes instead of 21.")
    # By now WAHA has fetched it anew: it was WhatsApp's word that was wrong.
    assert outcome(row) == ("stored", "stored", 1)


def test_a_file_given_up_is_tried_once_more_when_asked(incoming: Incoming, waha: Simulator) -> None:
    row = incoming()
    known = dict(waha.session("support").messages)
    waha.session("support").messages.clear()
    WahaMedia.objects.update(state=MediaState.MISSING, attempts=9)
    WahaMessage.objects.update(media_state=MediaState.MISSING)
    outcomes = []

    for messages in ({}, known):
        waha.session("support").messages |= messages
        media.fetch_again(WahaMessage.objects.get())
        outcomes.append(outcome(row))
        media.fetch_due()
        outcomes.append(outcome(row))

    waiting, gone = ("pending", "pending", 0), ("missing", "missing", 0)
    assert outcomes == [waiting, gone, waiting, ("stored", "stored", 1)]


def test_a_picture_of_too_many_pixels_is_kept_without_a_preview(incoming: Incoming) -> None:
    data = png_of(16_000, 16_000)
    row = incoming(data, "image/png", None)

    media.fetch_due()

    kept = Attachment.objects.get()
    assert outcome(row) == ("stored", "stored", 1)
    assert (kept.size, kept.thumbnail_path) == (len(data), "")


def test_an_empty_file_is_never_stored(incoming: Incoming) -> None:
    row = incoming(b"", "audio/ogg", None)

    media.fetch_due()

    assert outcome(row) == ("pending", "pending", 0)


def test_a_file_larger_than_allowed_is_missing_at_once(
    incoming: Incoming, files_folder: Path, settings: object
) -> None:
    settings.MEDIA_MAX_BYTES = 100_000  # type: ignore[attr-defined]
    row = incoming(b"x" * 200_000)

    media.fetch_due()

    row.refresh_from_db()
    assert outcome(row) == ("missing", "missing", 0)
    assert row.last_error.startswith("The file is too large")
    assert [path for path in files_folder.rglob("*") if path.is_file()] == []


def test_the_type_is_decided_by_content(incoming: Incoming) -> None:
    row = incoming(b"<html><script>alert(1)</script></html>", "image/jpeg", None)

    media.fetch_due()

    kept = Attachment.objects.get()
    message = WahaMessage.objects.get(pk=row.message_id)
    assert (kept.mime_type, kept.is_inline, message.media_mime) == (
        "text/html", False, "text/html",
    )  # fmt: skip


def test_a_full_disk_costs_no_step(incoming: Incoming, monkeypatch: pytest.MonkeyPatch) -> None:
    row = incoming()

    def full(*args: object, **kwargs: object) -> None:
        raise StorageFailed

    with monkeypatch.context() as patch:
        patch.setattr(intake, "_put", full)
        for _ in range(len(media.LADDER) + 3):
            media.fetch_due()
            due_again()
    waiting = outcome(row)
    media.fetch_due()

    assert (waiting, outcome(row)) == (("pending", "pending", 0), ("stored", "stored", 1))


def test_a_worker_that_was_killed_is_replaced_when_its_lease_ends(incoming: Incoming) -> None:
    row = incoming()
    media._claim(row.pk)
    media.fetch_due()
    leased = outcome(row)
    WahaMedia.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    media.fetch_due()

    assert (leased, outcome(row)) == (("pending", "pending", 0), ("stored", "stored", 1))


def test_who_lost_the_lease_stores_nothing(
    incoming: Incoming, files_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = incoming()
    receive = media._receive

    def slow(*args: object) -> object:
        stored = receive(*args)  # type: ignore[arg-type]
        WahaMedia.objects.update(lease_until=timezone.now() + timedelta(hours=1))
        return stored

    monkeypatch.setattr(media, "_receive", slow)

    media.fetch_due()

    assert outcome(row) == ("pending", "pending", 0)
    assert [path for path in files_folder.rglob("*") if path.is_file()] == []


def test_an_error_of_ours_stops_nobody_else(
    incoming: Incoming, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, good = incoming(), incoming()
    receive = media._receive

    def broken(client: object, row: WahaMedia, message: WahaMessage) -> object:
        if row.pk == poison.pk:
            raise ZeroDivisionError
        return receive(client, row, message)  # type: ignore[arg-type]

    monkeypatch.setattr(media, "_receive", broken)

    media.fetch_due()

    assert (outcome(poison)[0], outcome(good)[0]) == ("pending", "stored")


def test_a_file_that_we_sent_ourselves_is_not_fetched(
    incoming: Incoming, waha: Simulator, users: dict[str, User]
) -> None:
    row = incoming()
    message = WahaMessage.objects.get(pk=row.message_id)
    services.store([PDF], record=message, name="a.pdf", by=users["olga"], max_bytes=1000)
    waha.fault(path="/api/files/*", status=500, times=None)

    media.fetch_due()

    assert outcome(row) == ("stored", "stored", 1)


def test_a_row_whose_message_was_joined_with_another_goes(incoming: Incoming) -> None:
    row = incoming()
    WahaMessage.objects.all().delete()

    media.fetch_due()

    assert not WahaMedia.objects.filter(pk=row.pk).exists()
