"""A chat exported: what is in the file, for whom, and what the audit log says."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.permissions import Can
from attachments import services
from attachments.models import Attachment, ScanState
from audit.models import AuditLog
from tests.factories import make_call
from tests.waha.inbox.conftest import NOON, add_chat, add_message
from waha.inbox import exports, history
from waha.models import (
    ArchiveState,
    WahaArchiveMonth,
    WahaChat,
    WahaMessage,
    WahaMessageArchive,
    WahaSession,
    whereabouts,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files_folder(var_dir: Path) -> Path:
    return var_dir / "files"


@pytest.fixture
def may_export(olga: User) -> None:
    codename = Can.EXPORT_CHATS.split(".")[1]
    olga.user_permissions.add(Permission.objects.get(codename=codename))


@pytest.fixture
def chat(number: WahaSession) -> WahaChat:
    return add_chat(number, 1, name="Carla", first_message_at=None)


def url_of(chat: WahaChat) -> str:
    return reverse("inbox:chat-export", args=[chat.pk])


def exported(client: Client, chat: WahaChat, **asked: str) -> zipfile.ZipFile:
    answer = client.post(url_of(chat), asked)
    assert answer["Content-Type"] == "application/zip", answer.context["form"].errors
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer)))  # type: ignore[arg-type]  # streamed
    assert archive.testzip() is None
    return archive


def lines_of(archive: zipfile.ZipFile) -> list[str]:
    return archive.read("chat.txt").decode("utf-8-sig").splitlines()[2:]


def stored(message: WahaMessage, name: str, data: bytes, olga: User) -> Attachment:
    kept = services.store([data], record=message, name=name, by=olga, max_bytes=10**6)
    Attachment.objects.filter(pk=kept.pk).update(chat_id=message.chat_id)
    return kept


def test_the_text_holds_every_message_in_order(
    desk: Client, chat: WahaChat, olga: User, may_export: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE", 2)
    add_message(chat, "Hello\nIs there room?", NOON)
    add_message(chat, "Yes", NOON + timedelta(minutes=1), from_me=True, sent_by=olga)
    add_message(chat, "=2+2", NOON + timedelta(minutes=2))
    gone = add_message(chat, "secret", NOON + timedelta(minutes=3))
    WahaMessage.objects.filter(pk=gone.pk).update(revoked_at=NOON)
    add_message(chat, "Bye", NOON + timedelta(minutes=4), edited_at=NOON)

    lines = lines_of(exported(desk, chat))

    day = f"{NOON:%Y-%m-%d}"
    assert lines == [
        f"{day} 12:00  Carla: Hello",
        "    Is there room?",
        f"{day} 12:01  Olga: Yes",
        f"{day} 12:02  Carla: =2+2",
        f"{day} 12:03  Carla: (deleted)",
        f"{day} 12:04  Carla: Bye (changed)",
    ]
    entry = AuditLog.objects.get(event="chat.exported")
    assert (entry.actor_id, entry.object_id, entry.new_values["messages"]) == (olga.pk, chat.pk, 5)


def test_calls_are_told_at_their_time(
    desk: Client, chat: WahaChat, may_export: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE", 1)
    minute = timedelta(minutes=1)
    make_call(chat=chat, started_at=NOON - minute)
    add_message(chat, "Hello", NOON)
    make_call(chat=chat, started_at=NOON + minute, type="accepted", is_video=True)
    add_message(chat, "Bye", NOON + 2 * minute)
    make_call(chat=chat, started_at=NOON + 3 * minute, is_group=True)

    lines = lines_of(exported(desk, chat))

    assert [line[len("2026-01-01 12:00  ") :] for line in lines] == [
        "[Missed voice call]",
        "Carla: Hello",
        "[Video call, Answered on the phone]",
        "Carla: Bye",
        "[Missed group call]",
    ]


def test_polls_places_and_cards_are_told(desk: Client, chat: WahaChat, may_export: None) -> None:
    extras: list[dict[str, Any]] = [
        {"poll": {"name": "When?", "options": ["Monday", "Friday"]}},
        {"location": {"latitude": 52.5, "longitude": 13.4, "name": "School"}},
        {"contacts": [{"name": "Kim", "phones": [{"number": "+447700900123"}]}]},
    ]
    for n, kind in enumerate(("poll", "location", "contact")):
        add_message(chat, "", NOON + timedelta(minutes=n), type=kind, extra=extras[n])

    text = "\n".join(lines_of(exported(desk, chat)))

    for words in ("When?", "- Monday (0)", "- Friday (0)", "School", "52.5, 13.4", "Kim: +447"):
        assert words in text


def test_days_are_those_of_the_reader(desk: Client, chat: WahaChat, may_export: None) -> None:
    for day in range(3):
        add_message(chat, f"day {day}", NOON - timedelta(days=day))
    middle = f"{NOON - timedelta(days=1):%Y-%m-%d}"

    lines = lines_of(exported(desk, chat, first_day=middle, last_day=middle))

    assert lines == [f"{middle} 12:00  Carla: day 1"]


def test_files_come_along_when_they_are_asked_for(
    desk: Client, chat: WahaChat, olga: User, may_export: None
) -> None:
    films = [
        add_message(chat, "", NOON + timedelta(minutes=n), type="document", media_state="stored")
        for n in range(3)
    ]
    stored(films[0], "../../plan.txt", b"the plan", olga)
    lost = stored(films[1], "lost.txt", b"lost", olga)
    bad = stored(films[2], "virus.txt", b"bad", olga)
    Attachment.objects.filter(pk=bad.pk).update(scan_state=ScanState.QUARANTINED)
    default_storage.delete(lost.path)

    without, archive = exported(desk, chat), exported(desk, chat, with_files="on")

    assert without.namelist() == ["chat.txt"]
    assert archive.namelist() == ["chat.txt", "files/00001 plan.txt", "missing.txt"]
    assert archive.read("files/00001 plan.txt") == b"the plan"
    assert lines_of(archive)[0].endswith("Carla: [files/00001 plan.txt]")
    assert AuditLog.objects.filter(event="chat.exported").count() == 2


class CutOff(io.BytesIO):
    """A bucket that goes away after the first piece."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise RuntimeError("a bucket's library has errors of its own")
        return super().read(size)


def test_a_bucket_that_goes_away_leaves_the_rest_whole_and_is_told(
    desk: Client, chat: WahaChat, olga: User, may_export: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "CHUNK", 4)
    kept = {}
    for n, name in enumerate(("away.txt", "cut.txt", "whole.txt")):
        message = add_message(chat, "", NOON + timedelta(minutes=n), type="document")
        kept[stored(message, name, b"many bytes", olga).path] = name

    def opened(path: str, mode: str = "rb") -> io.BytesIO:
        if kept[path] == "away.txt":
            raise RuntimeError("a bucket's library has errors of its own")
        return CutOff(b"many bytes") if kept[path] == "cut.txt" else io.BytesIO(b"many bytes")

    monkeypatch.setattr(default_storage, "open", opened)
    archive = exported(desk, chat, with_files="on")

    assert archive.read("files/00003 whole.txt") == b"many bytes"
    assert archive.read("files/00002 cut.txt") == b"many"
    assert archive.read("missing.txt").decode("utf-8-sig").splitlines()[2:] == [
        "files/00001 away.txt", "files/00002 cut.txt",
    ]  # fmt: skip
    assert len(lines_of(archive)) == 3


def test_what_is_archived_is_in_it(
    desk: Client, chat: WahaChat, number: WahaSession, may_export: None
) -> None:
    long_ago = NOON - timedelta(days=400)
    moved = add_message(chat, "long ago", long_ago)
    add_message(chat, "today", NOON)
    columns = [field.attname for field in WahaMessage._meta.concrete_fields]
    values = WahaMessage.objects.filter(pk=moved.pk).values(*columns)[0]
    known = {field.attname for field in WahaMessageArchive._meta.concrete_fields}
    WahaMessageArchive.objects.create(**{k: v for k, v in values.items() if k in known})
    WahaMessage.objects.filter(pk=moved.pk).delete()
    WahaArchiveMonth.objects.create(
        month=long_ago.date().replace(day=1), state=ArchiveState.ARCHIVED
    )
    whereabouts.forget()

    lines = lines_of(exported(desk, chat))

    assert [line.partition("Carla: ")[2] for line in lines] == ["long ago", "today"]


def test_phones_are_masked_for_who_sees_them_masked(
    desk: Client, chat: WahaChat, olga: User, may_export: None
) -> None:
    WahaChat.objects.filter(pk=chat.pk).update(name="")
    add_message(chat, "Call +44 7700 900123 please")
    shown = lines_of(exported(desk, chat))
    olga.user_permissions.remove(Permission.objects.get(codename="see_phones"))

    masked = lines_of(exported(desk, chat))

    assert "+44 7700 900123 please" in shown[0]
    assert ("900123" in masked[0], "••• 123 please" in masked[0]) == (False, True)


@pytest.mark.parametrize(("name", "status"), [("vera", 403), ("olga", 403), ("sam", 404)])
def test_only_who_sees_the_chat_and_may_export_does(
    sign_in: Callable[[str], Client], chat: WahaChat, name: str, status: int
) -> None:
    add_message(chat, "private words")
    client = sign_in(name)

    answers = [client.get(url_of(chat)), client.post(url_of(chat))]

    assert [answer.status_code for answer in answers] == [status, status]
    assert not AuditLog.objects.filter(event="chat.exported").exists()


def test_the_right_alone_shows_no_chat(
    sign_in: Callable[[str], Client], users: dict[str, User], chat: WahaChat
) -> None:
    users["sam"].user_permissions.add(Permission.objects.get(codename="export_wahachat"))

    assert sign_in("sam").post(url_of(chat)).status_code == 404


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [("MOST", 1, "more than 1 messages"), ("PER_HOUR", 0, "exported 0 times")],
)
def test_what_is_too_much_is_refused_with_a_sentence(
    desk: Client, chat: WahaChat, may_export: None, monkeypatch: pytest.MonkeyPatch,
    limit: str, value: int, said: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(exports, limit, value)
    add_message(chat, "one")
    add_message(chat, "two")

    answer = desk.post(url_of(chat))

    assert (answer.status_code, said in answer.content.decode()) == (200, True)
    assert not AuditLog.objects.filter(event="chat.exported").exists()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"first_day": "2030-01-02", "last_day": "2030-01-01"}, "before the first one"),
        ({"first_day": "2012-01-01", "last_day": "2012-01-02"}, "no messages on these days"),
        ({"first_day": "tomorrow"}, "Enter a valid date"),
        ({"last_day": "9999-12-31"}, "no messages"),
    ],
)
def test_days_that_cannot_be_are_said(
    desk: Client, chat: WahaChat, may_export: None, asked: dict[str, str], said: str
) -> None:
    if "9999" not in str(asked):
        add_message(chat, "one")

    answer = desk.post(url_of(chat), asked)

    assert (answer.status_code, said in answer.content.decode()) == (200, True)


def test_a_long_chat_is_read_as_it_is_sent(
    desk: Client, chat: WahaChat, may_export: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE", 1)
    for n in range(4):
        add_message(chat, f"message {n}", NOON + timedelta(minutes=n))
    read: list[int] = []
    after = history.after

    def noted(*args: Any) -> Any:
        read.append(1)
        return after(*args)

    monkeypatch.setattr(history, "after", noted)

    answer: Any = desk.post(url_of(chat))
    before = len(read)
    next(iter(answer))

    assert (before, len(read)) == (0, 1)
    answer.close()


def test_the_way_to_it_is_shown_to_who_may(
    desk: Client, chat: WahaChat, olga: User, number: WahaSession
) -> None:
    page = reverse("inbox:chat-access", args=[chat.pk])
    before = url_of(chat) in desk.get(page).content.decode()
    olga.user_permissions.add(Permission.objects.get(codename="export_wahachat"))

    assert (before, url_of(chat) in desk.get(page).content.decode()) == (False, True)
