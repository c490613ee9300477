"""Messages for later: once, at their time, and not after the customer has written."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from accounts.models import User
from attachments.models import Attachment
from audit.models import AuditLog
from tests.waha.outbound.conftest import state
from waha.gateway.simulator import Simulator
from waha.models import (
    MessageType,
    SessionStatus,
    UserWaha,
    WahaChat,
    WahaEvent,
    WahaMessage,
    WahaScheduled,
    WahaSession,
)
from waha.models.sharing import forget
from waha.outbound import deliver, scheduled
from waha.outbound.refusals import MessageRefused

pytestmark = pytest.mark.django_db

Plan = Callable[..., WahaScheduled]


@pytest.fixture
def plan(chat: WahaChat, olga: User) -> Plan:
    """`plan("text", token="t1")`: a text of Olga's for in an hour."""

    def make(body: str = "Good morning", token: str = "t1", **options: object) -> WahaScheduled:
        given: dict[str, object] = {
            "chat": chat, "by": olga, "send_at": timezone.now() + timedelta(hours=1), **options,
        }  # fmt: skip
        return scheduled.schedule(body=body, client_token=token, **given)  # type: ignore[arg-type]

    return make


def come_due(since: timedelta = timedelta(seconds=1)) -> datetime:
    """Let the time of all that is planned come."""
    at = timezone.now() - since
    WahaScheduled.objects.update(send_at=at, due_at=at)
    return at


@pytest.mark.core
def test_it_goes_out_at_its_time_and_once(waha: Simulator, plan: Plan, olga: User) -> None:
    planned = plan()
    deliver.deliver_due()
    early = list(waha.accepted)
    come_due()

    for _ in range(3):
        deliver.deliver_due()

    planned.refresh_from_db()
    message = WahaMessage.objects.get()
    assert (early, [text for _chat, text in waha.accepted]) == ([], ["Good morning"])
    assert (planned.state, message.sent_by_id, state(message)) == (
        "queued", olga.pk, ("sent", "sent"),
    )  # fmt: skip


def test_the_same_form_twice_plans_once(plan: Plan) -> None:
    assert plan().pk == plan().pk


@pytest.mark.parametrize(
    ("body", "after", "words"),
    [
        ("  ", timedelta(hours=1), "The message is empty."),
        ("hello", timedelta(seconds=-5), "That time is over."),
        ("hello", timedelta(days=400), "That is more than a year away."),
    ],
)
def test_what_cannot_be_planned_is_refused(
    plan: Plan, body: str, after: timedelta, words: str
) -> None:
    with pytest.raises(MessageRefused, match=words):
        plan(body, send_at=timezone.now() + after)

    assert not WahaScheduled.objects.exists()


@pytest.mark.core
def test_a_customer_who_writes_first_cancels_it(
    waha: Simulator, plan: Plan, chat: WahaChat
) -> None:
    waits, stays = plan(unless_written=True), plan("Anyway", token="t2")
    WahaChat.objects.filter(pk=chat.pk).update(in_seq=1)

    deliver.deliver_due()

    waits.refresh_from_db()
    stays.refresh_from_db()
    assert (waits.state, waits.reason) == ("cancelled", "Not sent: the customer wrote first.")
    assert stays.state == "waiting"


def test_what_has_come_in_and_is_not_read_yet_is_waited_for(
    waha: Simulator, plan: Plan, number: WahaSession, chat: WahaChat
) -> None:
    planned = plan(unless_written=True)
    event = WahaEvent.objects.create(
        session=number, event="message.any", envelope_id="e1", body=b"{}"
    )
    come_due()

    deliver.deliver_due()
    planned.refresh_from_db()
    listening = planned.state
    event.delete()  # it was no message of theirs
    come_due()
    deliver.deliver_due()

    planned.refresh_from_db()
    assert (listening, planned.state) == ("waiting", "queued")


def test_cancelled_by_a_person_it_never_goes(waha: Simulator, plan: Plan, olga: User) -> None:
    planned = plan()

    scheduled.cancel(planned=planned, by=olga)
    come_due()
    deliver.deliver_due()

    planned.refresh_from_db()
    assert (planned.state, planned.reason, waha.accepted) == (
        "cancelled", "Cancelled by Olga.", [],
    )  # fmt: skip
    assert AuditLog.objects.filter(event="message.cancelled", actor_id=olga.pk).count() == 1


def test_cancelling_what_was_handed_over_says_so(waha: Simulator, plan: Plan, olga: User) -> None:
    planned = plan()
    come_due()
    deliver.deliver_due()

    with pytest.raises(MessageRefused, match="handed over meanwhile"):
        scheduled.cancel(planned=planned, by=olga)


def test_a_number_that_is_not_connected_is_waited_for_an_hour(
    waha: Simulator, plan: Plan, number: WahaSession
) -> None:
    planned = plan()
    WahaSession.objects.filter(pk=number.pk).update(status=SessionStatus.FAILED)
    come_due()
    deliver.deliver_due()
    planned.refresh_from_db()
    waiting = (planned.state, planned.reason)
    come_due(timedelta(hours=2))

    deliver.deliver_due()

    planned.refresh_from_db()
    assert waiting == ("waiting", "Waits for the number to be connected.")
    assert planned.state == "failed"
    assert planned.reason.startswith("The number was not connected at that time")


def test_who_may_not_answer_any_more_sends_nothing(waha: Simulator, plan: Plan, olga: User) -> None:
    planned = plan()
    UserWaha.objects.filter(user=olga).delete()
    forget(olga)
    User.objects.filter(pk=olga.pk).update(access_version=olga.access_version + 1)
    come_due()

    deliver.deliver_due()

    planned.refresh_from_db()
    assert (planned.state, planned.reason, waha.accepted) == (
        "failed", "Olga may not answer on this number any more.", [],
    )  # fmt: skip


# -- more than texts


def picture() -> SimpleUploadedFile:
    bytes_of = io.BytesIO()
    Image.new("RGB", (8, 8), (10, 90, 120)).save(bytes_of, "PNG")
    return SimpleUploadedFile("plan.png", bytes_of.getvalue(), "image/png")


@pytest.mark.core
def test_a_file_waits_with_its_caption_and_goes_out(waha: Simulator, plan: Plan) -> None:
    planned = plan("The plan", upload=picture())
    held = Attachment.objects.of(planned).get()
    come_due()

    deliver.deliver_due()

    message = WahaMessage.objects.get()
    assert (message.type, message.content, state(message)) == (
        "image", "The plan", ("sent", "sent"),
    )  # fmt: skip
    assert [each.pk for each in Attachment.objects.of(message)] == [held.pk]
    assert waha.sends[0].text == "The plan"


def test_a_card_goes_out_at_its_time(waha: Simulator, plan: Plan) -> None:
    extra = {"location": {"latitude": 52.5, "longitude": 13.4, "name": "Office"}}
    plan("", card=(MessageType.LOCATION, extra))
    come_due()

    deliver.deliver_due()

    message = WahaMessage.objects.get()
    assert (message.type, message.extra, state(message)) == ("location", extra, ("sent", "sent"))


def test_an_answer_planned_for_later_quotes_what_it_answers(
    waha: Simulator, plan: Plan, chat: WahaChat
) -> None:
    asked = WahaMessage.objects.create(
        session=chat.session, chat=chat, message_id="ASKED", type="text", content="When?",
        status="received", sender_id=chat.chat_id, created_at=timezone.now(),
    )  # fmt: skip
    plan("Tomorrow", reply_to=asked)
    come_due()

    deliver.deliver_due()

    message = WahaMessage.objects.get(from_me=True)
    assert (message.reply_to_message_id, message.extra["quote"]["text"]) == ("ASKED", "When?")


@pytest.mark.parametrize("end", ["cancelled", "answered"])
def test_the_file_of_what_is_not_sent_is_deleted(
    waha: Simulator, plan: Plan, chat: WahaChat, olga: User, end: str
) -> None:
    planned = plan("The plan", upload=picture(), unless_written=True)
    if end == "cancelled":
        scheduled.cancel(planned=planned, by=olga)
    else:
        WahaChat.objects.filter(pk=chat.pk).update(in_seq=1)
        deliver.deliver_due()

    planned.refresh_from_db()
    assert (planned.state, Attachment.objects.of(planned).count()) == ("cancelled", 0)


def test_a_row_from_before_files_could_wait_is_a_text(waha: Simulator, plan: Plan) -> None:
    plan("Good morning")
    WahaScheduled.objects.update(message=None)
    come_due()

    deliver.deliver_due()

    assert [text for _chat, text in waha.accepted] == ["Good morning"]
