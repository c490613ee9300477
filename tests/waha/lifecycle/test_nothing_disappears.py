"""What people see and what events do is the same whether a month is archived or not."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone

from accounts.models import User
from attachments.models import Attachment
from mercury.db.keyset import Cursor
from tests.fixtures.queries import statements
from tests.waha.inbound.bodies import ack, body, event_row, reaction, text
from tests.waha.lifecycle.conftest import OLD, make_old, run
from waha.inbound import drain, media
from waha.inbound.apply import merge
from waha.inbox import reads
from waha.models import (
    MediaState,
    MessageType,
    WahaChat,
    WahaMedia,
    WahaMessage,
    WahaMessageArchive,
    WahaReaction,
    whereabouts,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(users: dict[str, User]) -> Client:
    client = Client()
    client.force_login(users["olga"], backend="accounts.backends.RoleBackend")
    return client


def scroll(desk: Client, chat: WahaChat) -> list[tuple[int, str, bool]]:
    """(id, text, archived) of every message from the newest page up to the oldest."""
    found: list[Any] = []
    before = ""
    while True:
        answer = desk.get(f"/inbox/{chat.pk}/messages/", {"before": before})
        found = [
            *((m.pk, m.content, m.archived) for m in answer.context["messages"]),
            *found,
        ]
        before = answer.context["older_cursor"]
        if not before:
            return found


def test_thread_scrolls_on_into_the_archive(desk: Client, chat: WahaChat) -> None:
    old = make_old(chat, 120)
    middle = make_old(chat, 30, month=OLD.plus(1))
    recent = make_old(chat, 60, at=timezone.now() - timedelta(days=2))
    before = scroll(desk, chat)

    run()
    after = scroll(desk, chat)

    rows = [*old, *middle, *recent]
    assert [pk for pk, _text, _archived in before] == [row.pk for row in rows]
    assert [line[:2] for line in after] == [line[:2] for line in before]
    assert [archived for *_rest, archived in after] == [True] * 150 + [False] * 60


def test_thread_shows_what_came_late_among_the_archived(desk: Client, chat: WahaChat) -> None:
    make_old(chat, 5)
    run()
    late = make_old(chat, 1, at=OLD.start + timedelta(hours=1, minutes=2, seconds=30))[0]

    found = [pk for pk, _text, _archived in scroll(desk, chat)]

    assert found.index(late.pk) == 3
    assert len(found) == 6


def test_thread_between_the_flip_and_the_freeing_shows_each_message_once(
    desk: Client, chat: WahaChat
) -> None:
    rows = make_old(chat, 8)
    run(grace=timedelta(hours=1))
    WahaMessageArchive.objects.filter(pk=rows[3].pk).update(content="edited since")

    found = scroll(desk, chat)

    assert WahaMessage.objects.count() == 8
    assert [line[1] for line in found][3:5] == ["edited since", rows[4].content]
    assert len(found) == 8


def test_thread_costs_one_query_more_and_only_in_the_archive(desk: Client, chat: WahaChat) -> None:
    make_old(chat, 60, at=timezone.now() - timedelta(days=2))
    make_old(chat, 60)
    run()

    def page(before: str = "") -> list[str]:
        def read() -> None:
            desk.get(f"/inbox/{chat.pk}/messages/", {"before": before})

        read()
        return statements(read)

    newest = page()
    cursor = str(Cursor(OLD.plus(1).start, 0))
    oldest = page(cursor)

    assert [sql for sql in newest if "waha_messages_archive" in sql] == []
    assert len([sql for sql in oldest if "waha_messages_archive" in sql]) == 1
    assert len(oldest) == len(newest) + 1


def test_thread_marks_where_the_archive_begins(desk: Client, chat: WahaChat) -> None:
    make_old(chat, 3)
    make_old(chat, 3, at=timezone.now() - timedelta(days=2))
    run()

    html = desk.get(f"/inbox/{chat.pk}/").content.decode()

    assert html.count("Everything above is from the archive.") == 1


def test_strangers_see_nothing_of_the_archive(users: dict[str, User], chat: WahaChat) -> None:
    make_old(chat, 3)
    run()
    client = Client()
    client.force_login(users["sam"], backend="accounts.backends.RoleBackend")

    answer = client.get(f"/inbox/{chat.pk}/messages/")

    assert (answer.status_code, b"message 1" in answer.content) == (404, False)


def receive(chat: WahaChat, *bodies: dict[str, Any]) -> None:
    for each in bodies:
        event_row(chat.session, each)
    drain.drain_all()


def edit(raw: str, words: str, chat: WahaChat) -> dict[str, Any]:
    return body(
        "message.edited",
        {
            "id": f"false_{chat.chat_id}_EDIT1",
            "from": chat.chat_id,
            "fromMe": False,
            "body": words,
            "editedMessageId": raw,
        },
    )


def test_late_events_reach_archived_messages(chat: WahaChat) -> None:
    incoming, ours = make_old(chat, 2)
    run()

    receive(
        chat,
        ack(ours.message_id, 3),
        reaction(ours.message_id, "👍"),
        edit(incoming.message_id, "What I meant", chat),
        body(
            "message.revoked",
            {
                "after": {"id": f"true_{chat.chat_id}_{ours.message_id}", "fromMe": True},
                "before": {"id": f"true_{chat.chat_id}_{ours.message_id}", "fromMe": True},
                "revokedMessageId": ours.message_id,
            },
        ),
    )

    mine = WahaMessageArchive.objects.get(pk=ours.pk)
    theirs = WahaMessageArchive.objects.get(pk=incoming.pk)
    assert (mine.status, mine.revoked_at is not None) == ("read", True)
    assert (theirs.content, theirs.edited_at is not None) == ("What I meant", True)
    assert WahaReaction.objects.get().message_pk == ours.pk
    assert WahaMessage.objects.count() == 0


def test_a_message_that_is_archived_is_not_stored_again(chat: WahaChat) -> None:
    (row,) = make_old(chat, 1)
    run()

    receive(chat, text(row.message_id, at=int(row.created_at.timestamp())))

    assert (WahaMessage.objects.count(), WahaMessageArchive.objects.count()) == (0, 1)


def test_an_import_into_an_archived_month_is_shown_and_follows(
    desk: Client, chat: WahaChat
) -> None:
    make_old(chat, 2)
    run()

    at = int((OLD.start + timedelta(days=4)).timestamp())
    receive(chat, text("IMPORTED", "from the past", at=at))
    shown = scroll(desk, chat)
    run()
    later = scroll(desk, chat)

    assert [(line[1], line[2]) for line in shown][-1] == ("from the past", False)
    assert [(line[1], line[2]) for line in later][-1] == ("from the past", True)


def test_files_of_archived_messages_stay(desk: Client, chat: WahaChat) -> None:
    row = make_old(chat, 1, type=MessageType.IMAGE, media_state=MediaState.STORED)[0]
    before = attach(row)
    run()

    (bubble,) = desk.get(f"/inbox/{chat.pk}/messages/").context["messages"]

    assert (bubble.media.url, bubble.media.state) == (before.get_absolute_url(), "stored")


def attach(row: WahaMessage) -> Attachment:
    return Attachment.objects.create(
        name="a.jpg", original_name="a.jpg", display_name="a.jpg", extension="jpg",
        model_type=ContentType.objects.get_for_model(WahaMessage), model_id=row.pk,
        chat_id=row.chat_id, path="2026/a.jpg", size=3, mime_type="image/jpeg", sha256="0" * 64,
    )  # fmt: skip


def test_reading_up_to_an_archived_message_leaves_the_newer_unread(
    users: dict[str, User], chat: WahaChat
) -> None:
    rows = make_old(chat, 4)
    for seq, row in enumerate(rows, start=1):
        WahaMessage.objects.filter(pk=row.pk).update(in_seq=seq)
    WahaChat.objects.filter(pk=chat.pk).update(in_seq=4)
    run()

    reads.mark_read(
        chat=chat, by=users["olga"], up_to=WahaMessageArchive.objects.get(pk=rows[1].pk)
    )

    assert WahaChat.objects.with_unread(users["olga"]).get(pk=chat.pk).unread == 2


def test_a_file_that_comes_late_hangs_on_the_archived_message(
    chat: WahaChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = make_old(chat, 1, type=MessageType.IMAGE, media_state=MediaState.MISSING)[0]
    run()
    fetching = WahaMedia.objects.create(
        session_id=chat.session_id, chat_id=chat.pk, message_id=row.pk,
        message_created_at=row.created_at, lease_until=timezone.now() + timedelta(hours=1),
    )  # fmt: skip

    assert media._keep(fetching, None)

    assert WahaMessageArchive.objects.get().media_state == MediaState.STORED


def test_what_is_recent_never_asks_the_archive(chat: WahaChat) -> None:
    make_old(chat, 1)
    run()
    event_row(chat.session, text("NEW1", at=int(timezone.now().timestamp())))

    asked = statements(drain.drain_all)

    assert [sql for sql in asked if "archive" in sql] == []
    assert whereabouts.read_months().holds(OLD.start)


def test_joined_chats_take_their_archived_messages_along(chat: WahaChat) -> None:
    other = WahaChat.objects.create(session=chat.session, chat_id="99887766@lid")
    make_old(chat, 2)
    make_old(other, 3, at=OLD.start + timedelta(days=2))
    run()

    WahaChat.objects.filter(pk__in=(chat.pk, other.pk)).update(last_message_at=timezone.now())
    chat.refresh_from_db()
    other.refresh_from_db()
    merge.join(chat, other)

    assert set(WahaMessageArchive.objects.values_list("chat_id", flat=True)) == {chat.pk}
