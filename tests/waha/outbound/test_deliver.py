import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from PIL import Image

from accounts.models import User
from attachments.models import Attachment
from tests.waha.outbound.conftest import Send, state
from waha.gateway import simulator
from waha.gateway.receipts import Receipt
from waha.gateway.simulator import Simulator
from waha.models import (
    WahaChat,
    WahaMessage,
    WahaMessageKey,
    WahaOutbox,
    WahaPace,
    WahaServer,
    WahaSession,
)
from waha.outbound import binding, breaker, deliver, outbox, posting

pytestmark = pytest.mark.django_db

CARLA = "447700900123@c.us"
SAMPLES = Path(simulator.__file__).parent / "files"


def key_of(message: WahaMessage) -> str:
    return WahaMessageKey.objects.get(message_pk=message.pk).message_id


# -- what goes well


@pytest.mark.core
def test_a_text_goes_out_under_a_reserved_id(waha: Simulator, chat: WahaChat, send: Send) -> None:
    message = send("hello")

    deliver.deliver_due()

    message.refresh_from_db()
    chat.refresh_from_db()
    assert waha.accepted == [(CARLA, "hello")]
    assert waha.sends[0].reserved
    assert state(message) == ("sent", "sent")
    assert (message.message_id, key_of(message)) == (waha.sends[0].raw_id,) * 2
    assert chat.last_message_status == "sent"


@pytest.mark.parametrize("engine", ["NOWEB", "GOWS", "WEBJS"])
def test_every_engine_gives_the_message_its_id(
    server: WahaServer, request: pytest.FixtureRequest, send: Send, engine: str
) -> None:
    server.engine = engine
    server.save(update_fields=["engine"])
    waha: Simulator = request.getfixturevalue("waha")
    message = send("hello")

    deliver.deliver_due()

    message.refresh_from_db()
    assert (message.message_id, state(message)) == (waha.sends[0].raw_id, ("sent", "sent"))


def test_run_again_sends_nothing_again(waha: Simulator, send: Send) -> None:
    send("hello")

    for _ in range(3):
        deliver.deliver_due()

    assert waha.accepted == [(CARLA, "hello")]


@pytest.mark.core
def test_the_order_within_a_chat_is_kept(waha: Simulator, send: Send) -> None:
    for number in range(5):
        send(f"text {number}", token=f"t{number}")

    deliver.deliver_due()

    assert [text for _chat, text in waha.accepted] == [f"text {number}" for number in range(5)]


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 10)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "voice", "kind", "ours"),
    [
        (png(), "photo.png", False, "image", "image"),
        (b"%PDF-1.4", "offer.pdf", False, "document", "document"),
        ((SAMPLES / "clip.mp4").read_bytes(), "clip.mp4", False, "video", "video"),
        ((SAMPLES / "voice.ogg").read_bytes(), "voice.ogg", True, "voice", "voice"),
        ((SAMPLES / "voice.ogg").read_bytes(), "song.ogg", False, "document", "audio"),
    ],
)
def test_files_go_out_as_what_they_are(
    waha: Simulator, send_file: Send, data: bytes, name: str, voice: bool, kind: str, ours: str
) -> None:
    message = send_file(data, name, voice=voice, caption="" if voice else "look")

    deliver.deliver_due()

    sent = waha.session("support").messages[waha.sends[0].raw_id]
    assert (sent.kind, sent.media.data if sent.media else None) == (kind, data)
    assert sent.body == (None if voice else "look")
    assert (message.type, state(message)) == (ours, ("sent", "sent"))


def test_an_answer_quotes_what_it_answers(waha: Simulator, chat: WahaChat, send: Send) -> None:
    asked = waha.say(CARLA, "When?", session="support").split("_")[2]
    question = WahaMessage.objects.create(
        session=chat.session, chat=chat, message_id=asked, content="When?", status="received",
        sender_id=CARLA, created_at=timezone.now(),
    )  # fmt: skip
    send("Now", reply_to=question)

    deliver.deliver_due()

    sent = waha.session("support").messages[waha.sends[0].raw_id]
    assert sent.reply_to == asked


# -- what surely did not go out


@pytest.mark.core
def test_a_server_that_is_away_is_tried_again_later(
    server: WahaServer, waha: Simulator, send: Send, later: Callable[[], None]
) -> None:
    url, server.url = server.url, "http://127.0.0.1:9"
    server.save(update_fields=["url"])
    message = send("hello")
    deliver.deliver_due()
    waiting = WahaOutbox.objects.get(message_id=message.pk)
    server.url = url
    server.save(update_fields=["url"])
    deliver.deliver_due()
    early = list(waha.accepted)
    later()

    deliver.deliver_due()

    assert (waiting.state, waiting.due_at > timezone.now(), waiting.posted_at) == (
        "queued", True, None,
    )  # fmt: skip
    assert (early, waha.accepted) == ([], [(CARLA, "hello")])
    assert state(message) == ("sent", "sent")


def test_waha_may_ask_for_a_longer_pause(waha: Simulator, send: Send) -> None:
    waha.fault(path="/api/sendText", status=429, retry_after=600)
    message = send("hello")

    deliver.deliver_due()

    row = WahaOutbox.objects.get(message_id=message.pk)
    assert row.state == "queued"
    assert row.due_at > timezone.now() + timedelta(seconds=590)


def test_one_that_waits_keeps_those_behind_it_waiting(
    waha: Simulator, send: Send, later: Callable[[], None]
) -> None:
    waha.fault(path="/api/sendText", status=429)
    send("first", token="t1")
    send("second", token="t2")

    deliver.deliver_due()
    early = list(waha.accepted)
    later()
    deliver.deliver_due()

    assert (early, [text for _chat, text in waha.accepted]) == ([], ["first", "second"])


def test_after_a_day_of_tries_a_person_is_told(waha: Simulator, send: Send) -> None:
    message = send("hello")
    WahaOutbox.objects.update(attempts=binding.MAX_ATTEMPTS)
    waha.fault(path="/api/sendText", status=429)

    deliver.deliver_due()

    message.refresh_from_db()
    assert state(message) == ("failed", "failed")
    assert message.error == "WAHA could not be reached for a day. Send it again."


def test_a_server_that_fails_again_and_again_is_left_alone(
    server: WahaServer, number: WahaSession, send: Send, olga: User
) -> None:
    for place in range(breaker.FAILURES + 3):
        chat = WahaChat.objects.create(session=number, chat_id=f"44770090020{place}@c.us")
        send(f"text {place}", token=f"t{place}", chat=chat)

    deliver.deliver_due()  # nothing listens where the test server points

    tried = WahaOutbox.objects.filter(attempts=1).count()
    assert (tried, breaker.resting()) == (breaker.FAILURES, [server.pk])


def test_the_one_try_after_a_rest_is_not_spent_on_what_is_held(
    waha: Simulator, server: WahaServer, number: WahaSession, send: Send
) -> None:
    new = WahaChat.objects.create(session=number, chat_id="447700900300@c.us")
    WahaPace.objects.create(session=number, typing=False, gap_ms=0, cold_a_day=0)
    for _ in range(breaker.FAILURES):
        breaker.failed(server.pk)
    cache.delete(f"breaker:{server.pk}:open")  # the rest is over
    send("to somebody new", token="t1", chat=new)
    send("an answer", token="t2", reply_to=None)
    WahaOutbox.objects.filter(client_token="t2").update(is_first=False)

    deliver.deliver_due()

    assert [text for _chat, text in waha.accepted] == ["an answer"]


def test_being_seen_typing_is_a_sign_of_life(
    waha: Simulator, server: WahaServer, number: WahaSession, send: Send
) -> None:
    WahaPace.objects.create(session=number, typing=True, gap_ms=0)
    for _ in range(breaker.FAILURES):
        breaker.failed(server.pk)
    cache.delete(f"breaker:{server.pk}:open")
    send("hello")

    deliver.deliver_due()
    typed = set(waha.session("support").typing)
    WahaOutbox.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    deliver.deliver_due()

    assert typed
    assert [text for _chat, text in waha.accepted] == ["hello"]


def test_a_number_that_just_starts_again_is_waited_for(waha: Simulator, send: Send) -> None:
    waha.set_session("support", status="STARTING")
    message = send("hello")

    deliver.deliver_due()

    assert state(message) == ("pending", "queued")


# -- what WAHA refuses


@pytest.mark.core
def test_a_number_that_is_not_connected_fails_with_a_sentence(
    waha: Simulator, chat: WahaChat, send: Send
) -> None:
    waha.set_session("support", status="STOPPED")
    message = send("hello")

    deliver.deliver_due()

    message.refresh_from_db()
    chat.refresh_from_db()
    assert state(message) == ("failed", "failed")
    assert message.error == ("The number is not connected (STOPPED). Connect it, then try again.")
    assert chat.last_message_status == "failed"


def test_a_failed_one_goes_out_after_retry(waha: Simulator, send: Send, olga: User) -> None:
    waha.set_session("support", status="STOPPED")
    message = send("hello")
    deliver.deliver_due()
    waha.set_session("support", status="WORKING")

    outbox.retry(message=message, by=olga)
    deliver.deliver_due()

    message.refresh_from_db()
    assert (waha.accepted, state(message), message.error) == (
        [(CARLA, "hello")], ("sent", "sent"), "",
    )  # fmt: skip


def test_a_file_that_is_gone_fails(waha: Simulator, send_file: Send) -> None:
    message = send_file(b"%PDF-1.4", "offer.pdf")
    Attachment.objects.all().delete()

    deliver.deliver_due()

    message.refresh_from_db()
    assert (state(message), message.error) == (
        ("failed", "failed"), "The file is not there any more.",
    )  # fmt: skip


def test_an_error_of_ours_stops_nobody_else(
    waha: Simulator, number: WahaSession, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = WahaChat.objects.create(session=number, chat_id="447700900200@c.us")
    poison, good = send("poison", token="t1"), send("good", token="t2", chat=other)
    post = posting.post

    def broken(client: Any, parcel: posting.Parcel) -> Receipt:
        if parcel.message.content == "poison":
            raise ZeroDivisionError
        return post(client, parcel)

    monkeypatch.setattr(posting, "post", broken)

    deliver.deliver_due()

    assert (state(poison), state(good)) == (("pending", "unknown"), ("sent", "sent"))


def test_pauses_double_up_to_five_minutes() -> None:
    pauses = [breaker.pause(attempts).total_seconds() for attempts in (0, 1, 2, 3, 9, 300)]

    assert pauses == [2, 2, 4, 8, 300, 300]
    assert breaker.pause(1, asked=60).total_seconds() == 60


def test_an_id_that_cannot_be_reserved_puts_the_send_off(waha: Simulator, send: Send) -> None:
    waha.fault(path="/api/support/new-message-id", status=500)
    message = send("hello")

    deliver.deliver_due()

    assert (state(message), waha.accepted) == (("pending", "queued"), [])
