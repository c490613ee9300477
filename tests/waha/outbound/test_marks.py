"""Stars, pins, the archive, unread and labels, as WhatsApp gets and we keep them."""

import pytest

from accounts.models import User
from audit.models import AuditLog
from tests.waha.outbound.conftest import Send
from waha.gateway.simulator import Simulator
from waha.inbound import drain
from waha.models import Engine, WahaChat, WahaEvent, WahaLabel, WahaMark, WahaMessage, WahaServer
from waha.outbound import chat_marks, deliver, labels, marks
from waha.outbound.refusals import MessageRefused

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(waha: Simulator, send: Send) -> WahaMessage:
    """A text of ours that WhatsApp has."""
    message = send("Hello Carla", token="t1")
    deliver.deliver_due()
    message.refresh_from_db()
    return message


@pytest.mark.core
def test_star_reaches_whatsapp_and_the_record_and_goes_again(
    sent: WahaMessage, chat: WahaChat, olga: User, waha: Simulator
) -> None:
    marks.star(chat=chat, message=sent, on=True, by=olga)
    drain.drain_all()
    assert (waha.session("support").starred, marks.standing(sent)) == ({sent.message_id}, {"star"})

    marks.star(chat=chat, message=sent, on=False, by=olga)
    drain.drain_all()

    assert (waha.session("support").starred, marks.standing(sent)) == (set(), set())
    told = AuditLog.objects.filter(object_id=sent.pk).order_by("pk").values_list("event", flat=True)
    assert list(told)[-2:] == ["message.starred", "message.unstarred"]


def test_pin_lasts_as_long_as_was_chosen(
    sent: WahaMessage, chat: WahaChat, olga: User, waha: Simulator
) -> None:
    marks.pin(chat=chat, message=sent, days=7, by=olga)
    drain.drain_all()

    mark = WahaMark.objects.standing().get()
    assert mark.until is not None
    assert round((mark.until - mark.marked_at).total_seconds() / 86400) == 7
    assert list(waha.session("support").pinned) == [sent.message_id]

    marks.unpin(chat=chat, message=sent, by=olga)
    drain.drain_all()

    assert (marks.standing(sent), waha.session("support").pinned) == (set(), {})


def test_pin_for_other_times_is_refused(sent: WahaMessage, chat: WahaChat, olga: User) -> None:
    with pytest.raises(MessageRefused, match="1, 7 or 30"):
        marks.pin(chat=chat, message=sent, days=2, by=olga)


@pytest.mark.parametrize("what", ["star", "pin", "unpin"])
def test_engine_that_cannot_is_named_and_not_asked(
    sent: WahaMessage, chat: WahaChat, olga: User, server: WahaServer, what: str
) -> None:
    chat.session.server.engine = Engine.GOWS
    options = {"star": {"on": True}, "pin": {"days": 1}, "unpin": {}}[what]

    with pytest.raises(MessageRefused, match="GOWS, which cannot"):
        getattr(marks, what)(chat=chat, message=sent, by=olga, **options)

    assert not WahaEvent.objects.filter(event="own.mark").exists()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"drop": True, "after": True}, "did not answer in time"),
        ({"status": 429}, "cannot be reached right now"),
        ({"status": 501}, "engine cannot do this"),
    ],
)
def test_failure_is_said_and_changes_nothing(
    sent: WahaMessage,
    chat: WahaChat,
    olga: User,
    waha: Simulator,
    fault: dict[str, object],
    words: str,
) -> None:
    waha.fault(path="/api/star", method="PUT", **fault)

    with pytest.raises(MessageRefused, match=words):
        marks.star(chat=chat, message=sent, on=True, by=olga)

    assert not WahaMark.objects.exists()
    assert not AuditLog.objects.filter(event="message.starred").exists()


@pytest.mark.core
def test_archive_goes_to_the_phone_and_back(
    sent: WahaMessage, chat: WahaChat, olga: User, waha: Simulator
) -> None:
    assert chat_marks.archive(chat=chat, on=True, by=olga) == ""
    drain.drain_all()
    chat.refresh_from_db()
    assert (chat.archived_at is None, waha.session("support").archived) == (False, {chat.chat_id})

    chat_marks.archive(chat=chat, on=False, by=olga)
    drain.drain_all()

    chat.refresh_from_db()
    assert (chat.archived_at, waha.session("support").archived) == (None, set())


def test_engine_without_an_archive_keeps_it_here_and_says_so(
    sent: WahaMessage, chat: WahaChat, olga: User, waha: Simulator
) -> None:
    chat.session.server.engine = Engine.GOWS

    said = chat_marks.archive(chat=chat, on=True, by=olga)
    drain.drain_all()

    chat.refresh_from_db()
    assert said.endswith("It was done here only.")
    assert (chat.archived_at is None, waha.session("support").archived) == (False, set())


def test_unread_is_shown_on_the_phone(chat: WahaChat, olga: User, waha: Simulator) -> None:
    chat_marks.mark_unread(chat=chat, by=olga)

    assert waha.session("support").unread == {chat.chat_id}
    assert AuditLog.objects.filter(event="chat.unread_on_phone").count() == 1


@pytest.mark.core
def test_labels_are_put_on_and_what_the_phone_put_on_stays(
    chat: WahaChat, olga: User, waha: Simulator
) -> None:
    theirs = waha.add_label("From the phone", session="support")
    waha.label_chat(chat.chat_id, theirs, session="support")
    label = labels.create(session=chat.session, name=" Lead ", color=3, by=olga)
    drain.drain_all()

    chat_marks.set_labels(chat=chat, labels=[label], by=olga)
    drain.drain_all()

    chat.refresh_from_db()
    assert [each["name"] for each in chat.labels or []] == ["Lead"]
    assert waha.session("support").chat_labels[chat.chat_id] == sorted([theirs, label.label_id])

    chat_marks.set_labels(chat=chat, labels=[], by=olga)
    drain.drain_all()

    chat.refresh_from_db()
    assert (chat.labels, waha.session("support").chat_labels[chat.chat_id]) == ([], [theirs])


@pytest.mark.parametrize(("name", "words"), [("", "a name"), ("x" * 101, "too long")])
def test_label_without_a_fitting_name_is_refused(
    chat: WahaChat, olga: User, name: str, words: str
) -> None:
    with pytest.raises(MessageRefused, match=words):
        labels.create(session=chat.session, name=name, color=0, by=olga)


def test_account_that_is_no_business_says_so(chat: WahaChat, olga: User, waha: Simulator) -> None:
    with pytest.raises(MessageRefused):
        labels.create(session=chat.session, name="Lead", color=0, by=olga)

    assert not WahaLabel.objects.exists()
