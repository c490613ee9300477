"""What search knows follows the messages: edits, revokes, merged chats, archive and erasure."""

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from mercury.db import partitions
from tests.waha.inbound.bodies import CUSTOMER, LID, NOON, text
from tests.waha.inbound.conftest import new_doors, receive  # noqa: F401  # fixtures
from tests.waha.inbound.test_apply_changes import edit, revoke
from tests.waha.lifecycle.conftest import OLD, make_old, run
from tests.waha.search.conftest import said
from waha import texts
from waha.lifecycle import erasure, removal
from waha.models import (
    WahaChat,
    WahaMessage,
    WahaMessageArchive,
    WahaMessageText,
    WahaSession,
    WahaTextRebuild,
    whereabouts,
)
from waha.outbound import outbox
from waha.search import rebuild

Receive = Callable[..., Any]


@pytest.fixture
def month_back(transactional_db: None) -> Iterator[None]:
    """Give the month that the test freed its partition back."""
    whereabouts.forget()
    yield
    whereabouts.forget()
    if partitions.supported(connection):
        partitions.ensure(connection, "waha_messages", OLD)


def known() -> dict[int, str]:
    return {row.pk: row.words.strip() for row in WahaMessageText.objects.all()}


def test_drained_messages_are_known_at_once(db: None, receive: Receive) -> None:  # noqa: F811
    receive(text("A1", "Good morning"), text("A2", "Guten Tag", from_me=True, at=NOON + 1))

    words = {row.content: row.pk for row in WahaMessage.objects.all()}
    assert known() == {
        words["Good morning"]: "good morning ___scarla",
        words["Guten Tag"]: "guten tag",
    }


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_edit_is_followed(db: None, receive: Receive, order: tuple[int, ...]) -> None:  # noqa: F811
    bodies = [text("A1", "first"), edit("A1", "second", at=NOON + 1)]

    for index in order:
        receive(bodies[index])

    assert list(known().values()) == ["second ___scarla"]


def test_an_edit_of_the_same_batch_is_followed(db: None, receive: Receive) -> None:  # noqa: F811
    receive(text("A1", "first"), edit("A1", "second", at=NOON + 1))

    assert list(known().values()) == ["second ___scarla"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_revoked_message_is_not_found(
    db: None,
    receive: Receive,  # noqa: F811
    order: tuple[int, ...],
) -> None:
    bodies = [text("A1", "oops"), revoke("A1")]

    for index in order:
        receive(bodies[index])

    assert (WahaMessage.objects.count(), known()) == (1, {})


def test_joined_chats_keep_their_words_together(db: None, receive: Receive) -> None:  # noqa: F811
    receive(text("A1", "by lid", chat=LID))
    receive(text("A2", "by phone", chat=CUSTOMER))
    receive(text("A3", "both", chat=LID, alt=CUSTOMER, at=NOON + 2))

    chat = WahaChat.objects.get()
    assert set(WahaMessageText.objects.values_list("chat_id", flat=True)) == {chat.pk}
    assert rebuild.problems() == []


def test_what_we_send_is_known_and_what_is_discarded_is_not(
    chat: WahaChat, users: dict[str, User]
) -> None:
    sent = outbox.send_text(chat=chat, body="On its way", by=users["olga"], client_token="t1")
    before = known()

    WahaMessage.objects.filter(pk=sent.pk).update(status="failed")
    sent.outbox.__class__.objects.update(state="failed")  # type: ignore[attr-defined]
    outbox.discard(message=WahaMessage.objects.get(pk=sent.pk), by=users["olga"])

    assert (before, known()) == ({sent.pk: "on_ its way"}, {})


def test_notices_are_not_searched(chat: WahaChat) -> None:
    said(chat, "Anna joined", type="system")

    assert known() == {}


def test_places_polls_cards_and_files_are_known(chat: WahaChat) -> None:
    said(chat, "", type="location", extra={"location": {"name": "Cafe Blau", "address": "Kai 1"}})
    said(chat, "", type="poll", extra={"poll": {"name": "Lunch?", "options": ["Soup", "Rice"]}})
    said(chat, "", type="contact", extra={"contacts": [{"name": "Bob Ross", "phones": []}]})
    said(chat, "see this", type="document", media_name="Offer.pdf")

    assert sorted(known().values()) == [
        "bob ross", "cafe blau kai 1__", "lunch soup rice",
        "see this_ offer pdf ___foffer ___fpdf",
    ]  # fmt: skip


@pytest.mark.slow
def test_archived_messages_stay_known_and_deleted_ones_do_not(
    transactional_db: None,
    chat: WahaChat,
    month_back: None,
) -> None:
    rows = make_old(chat, 4)
    texts.record(rows)
    before = known()

    run()
    after = known()
    removal.remove(WahaMessageArchive.objects.all(), [rows[0].pk], by=None)

    assert WahaMessageArchive.objects.count() == 3
    assert (len(before), before == after) == (4, True)
    assert sorted(known()) == sorted(row.pk for row in rows[1:])


@pytest.mark.slow
def test_an_erased_person_leaves_no_words(transactional_db: None, chat: WahaChat) -> None:
    group = WahaChat.objects.create(session=chat.session, chat_id="12@g.us", kind="group")
    said(chat, "my secret")
    said(group, "among others", sender_id=chat.chat_id, sender_name="Carla")
    stays = said(group, "somebody else", sender_id="1@c.us", sender_name="Bert")

    erasure.erase(erasure.find(phone="+447700900123"), by=None)

    assert known() == {stays.pk: "somebody else ___sbert"}
    assert rebuild.problems() == []


def test_a_rebuild_writes_what_is_missing_wrong_or_left_over(chat: WahaChat) -> None:
    right, wrong, missing = (said(chat, text) for text in ("right", "wrong", "missing"))
    WahaMessageText.objects.filter(pk=wrong.pk).update(words=" other ")
    WahaMessageText.objects.filter(pk=missing.pk).delete()
    WahaMessageText.objects.create(
        id=7, session=chat.session, chat=chat, created_at=timezone.now(), from_me=False, words="x"
    )
    found = rebuild.problems()

    done = rebuild.run(tell=lambda words: None)

    assert [words.partition(" have")[0].partition(" are")[0] for words in found] == [
        "2 messages",
        "1 messages",
    ]
    assert (done.looked_at, done.written, done.removed) == (3, 2, 1)
    assert known() == {right.pk: "right", wrong.pk: "wrong", missing.pk: "missing"}
    assert rebuild.problems() == []


def test_a_rebuild_goes_on_where_it_was_stopped(
    chat: WahaChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "BATCH", 2)
    for n in range(5):
        said(chat, f"word {n}")
    WahaMessageText.objects.all().delete()

    first = rebuild.run(tell=lambda words: None, most=2)
    unfinished, half = rebuild.is_unfinished(), len(known())
    second = rebuild.run(tell=lambda words: None)

    assert (first.looked_at, unfinished, half) == (2, True, 2)
    assert (second.looked_at, rebuild.is_unfinished(), len(known())) == (3, False, 5)
    assert not WahaTextRebuild.objects.exists()


def test_the_schedule_goes_on_with_what_an_upgrade_began(
    chat: WahaChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "BATCH", 2)
    monkeypatch.setattr(rebuild, "SLICE", 2)
    rows = [said(chat, f"word {n}").pk for n in range(3)]
    WahaMessageText.objects.all().delete()

    rebuild.go_on()
    idle = known()
    WahaTextRebuild.objects.create(source="messages")
    rebuild.go_on()
    half, unfinished = len(known()), rebuild.is_unfinished()
    rebuild.go_on()

    assert (idle, half, unfinished) == ({}, 2, True)
    assert (sorted(known()), rebuild.is_unfinished()) == (sorted(rows), False)


def test_the_command_rebuilds_and_checks(chat: WahaChat, number: WahaSession) -> None:
    said(chat, "hello")
    WahaMessageText.objects.all().delete()
    out = StringIO()

    with pytest.raises(CommandError, match="rebuild_search"):
        call_command("rebuild_search", "--check", stdout=out)
    call_command("rebuild_search", stdout=out)
    call_command("rebuild_search", "--check", stdout=out)

    assert "Looked at 1 messages, wrote 1, took 0 away." in out.getvalue()
    assert out.getvalue().endswith("Search has the words of every message.\n")
