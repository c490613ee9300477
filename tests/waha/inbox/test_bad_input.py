"""What nobody should send, through the webhook's road and onto the page: shown, nothing lost."""

import json
import socket
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from attachments.models import Attachment
from tests.fixtures.simulator import SUPPORT
from tests.waha.inbound.bodies import CUSTOMER, LID, NOON, body, event_row, text
from waha.gateway.simulator import Media, Simulator
from waha.inbound import doors, drain, media
from waha.models import (
    EventState,
    MediaState,
    WahaCall,
    WahaChat,
    WahaEvent,
    WahaMedia,
    WahaMessage,
    WahaServer,
    WahaSession,
)

pytestmark = pytest.mark.django_db

GROUP = "120363000000000001@g.us"
PDF = b"%PDF-1.4 certificate"
# The 256 bytes a byte can be, words that turn the line around, half an emoji, a very long one.
ODD = [
    bytes(range(256)).decode("latin-1"),
    "\u202egpj.exe\u2066\u2069\u200f",
    "a\u0301" * 500 + "\u200d" * 500,
    "<script>alert(1)</script>'\"`{{ 7*7 }}{% now 'Y' %}",
    "\ud83d half an emoji \udc00",
    "x" * 100_000,
    "\r\n\t\x0b\x0c\x1b[31m",
]


@pytest.fixture(autouse=True)
def fresh(var_dir: Path) -> None:
    doors.forget()


@pytest.fixture
def take(number: WahaSession) -> Callable[..., list[WahaEvent]]:
    """Bodies written to the journal as the webhook does, and applied."""

    def run(*bodies: dict[str, Any]) -> list[WahaEvent]:
        # Halves of emoji are written as JavaScript writes them.
        events = [event_row(number, json.dumps(each).encode()) for each in bodies]
        drain.drain_all()
        for event in events:
            event.refresh_from_db()
        return events

    return run


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[Any]]]:
    """(the address of a host that is none of ours, who knocked at it)."""
    listener, knocks = socket.create_server(("127.0.0.1", 0)), list[Any]()

    def listen() -> None:
        while True:
            try:
                peer, address = listener.accept()
            except OSError:
                return
            knocks.append(address)
            peer.close()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", knocks
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


@pytest.fixture
def waha(server: WahaServer, number: WahaSession) -> Iterator[Simulator]:
    with Simulator(
        api_key=settings.WAHA_API_KEY, sessions=(SUPPORT,), engine=server.engine
    ) as simulator:
        server.url = simulator.url
        server.save(update_fields=["url"])
        yield simulator


def file_body(raw: str, media: dict[str, Any] | None, **payload: Any) -> dict[str, Any]:
    return text(raw, "", body=None, hasMedia=True, media=media, **payload)


def page(desk: Client, chat: WahaChat) -> str:
    response = desk.get(reverse("inbox:chat", args=[chat.pk]))
    assert response.status_code == 200
    return str(response.content.decode())


@pytest.mark.parametrize("told", [None, {}, {"url": None}, {"url": None, "error": {"stack": "x"}}])
def test_a_file_without_an_address_waits_and_is_fetched_by_its_message(
    take: Callable[..., list[WahaEvent]], waha: Simulator, desk: Client, told: Any
) -> None:
    file = Media("application/pdf", PDF, "a.pdf")
    raw = waha.say(CUSTOMER, kind="document", file=file, session="support").split("_")[2]

    [event] = take(file_body(raw, told))

    chat = WahaChat.objects.get()
    assert (event.state, WahaMedia.objects.get().path) == (EventState.DONE, "")
    assert "Being fetched" in page(desk, chat)
    media.fetch_due()
    assert Attachment.objects.get().size == len(PDF)
    assert Attachment.objects.get().get_absolute_url() in page(desk, chat)


def test_another_host_in_an_address_is_never_called(
    take: Callable[..., list[WahaEvent]], waha: Simulator, elsewhere: tuple[str, list[Any]]
) -> None:
    address, knocks = elsewhere
    file = Media("application/pdf", PDF, "a.pdf")
    raw = waha.say(CUSTOMER, kind="document", file=file, session="support").split("_")[2]
    url = f"{address}/api/files/support/{raw}.pdf"

    take(file_body(raw, {"url": url, "mimetype": "application/pdf", "filename": "a.pdf"}))
    media.fetch_due()

    assert (Attachment.objects.get().size, knocks) == (len(PDF), [])


def test_files_wiped_by_a_restart_of_waha_are_fetched_by_their_message(
    take: Callable[..., list[WahaEvent]], waha: Simulator
) -> None:
    file = Media("application/pdf", PDF, "a.pdf")
    raw = waha.say(CUSTOMER, kind="document", file=file, session="support").split("_")[2]
    take(file_body(raw, {"url": f"{waha.url}/api/files/support/{raw}.pdf"}))
    waha.session("support").messages[raw].media.published_at -= 10_000  # type: ignore[union-attr]

    media.fetch_due()

    assert Attachment.objects.get().size == len(PDF)


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_names_and_captions_of_any_bytes_come_in_and_are_shown(
    take: Callable[..., list[WahaEvent]], desk: Client, odd: str
) -> None:
    told = {"url": "http://waha/api/files/support/A1.pdf", "filename": odd, "mimetype": odd[:300]}
    bodies = [
        text("A1", "", name=odd, body=odd, hasMedia=True, media=told),
        text("A2", odd, name=odd, at=NOON + 1),
        text("A3", "x", at=NOON + 2, vCards=[f"BEGIN:VCARD\nFN:{odd}\nTEL:{odd}\nEND:VCARD"]),
        text("A4", "x", at=NOON + 3, location={"latitude": odd, "longitude": odd, "name": odd}),
    ]

    events = take(*bodies)

    assert [event.state for event in events] == [EventState.DONE] * 4
    assert WahaMessage.objects.count() == 4
    words = page(desk, WahaChat.objects.get())
    assert "<script>alert" not in words
    assert words.count('data-message="') == 4


@pytest.mark.parametrize(
    "payload",
    [
        {"id": "C1", "timestamp": NOON},
        {"id": "C1", "from": None, "timestamp": None},
        {"id": "C1", "from": "", "timestamp": "soon", "isVideo": None, "isGroup": None},
        {"id": "C1", "from": [5], "timestamp": -1, "isVideo": "yes", "_data": []},
    ],
)
def test_a_call_without_a_caller_is_listed(
    take: Callable[..., list[WahaEvent]], desk: Client, payload: dict[str, Any]
) -> None:
    [event] = take(body("call.received", payload))

    words = desk.get(reverse("calls:list")).content.decode()

    assert (event.state, WahaCall.objects.count(), WahaChat.objects.count()) == (
        EventState.DONE, 1, 0,
    )  # fmt: skip
    assert "Unknown" in words


def test_a_lid_that_never_maps_has_its_chat_and_no_phone(
    take: Callable[..., list[WahaEvent]], desk: Client
) -> None:
    take(
        *(text(f"L{number}", f"Hello {number}", chat=LID, at=NOON + number) for number in range(3))
    )

    chat = WahaChat.objects.get()
    words = page(desk, chat)
    assert (chat.chat_id, chat.in_seq, chat.contact_id) == (LID, 3, None)
    assert [f"Hello {number}" in words for number in range(3)] == [True] * 3
    # Its digits are no phone: nothing on the page may look as if one could call them.
    assert (f"+{LID[:6]}" in words, f"tel:{LID[:6]}" in words) == (False, False)


def member(number: int) -> str:
    return f"{880_000_000_000_000 + number}@lid"


def group_text(number: int) -> dict[str, Any]:
    who = member(number)
    raw = f"G{number:06}"
    return body(
        "message.any",
        {
            "id": f"false_{GROUP}_{raw}_{who}", "timestamp": NOON + number, "from": GROUP,
            "participant": who, "fromMe": False, "body": f"Line {number}", "hasMedia": False,
            "_data": {"key": {"participant": who}, "pushName": f"Member {number}"},
        },
        at=NOON + number,
    )  # fmt: skip


def test_a_group_of_a_thousand_is_one_chat_of_bounded_cost(
    take: Callable[..., list[WahaEvent]],
    desk: Client,
    django_assert_max_num_queries: Any,
) -> None:
    members = [{"id": member(number), "role": "participant"} for number in range(1000)]
    joined = body(
        "group.v2.join",
        {"group": {"id": GROUP, "subject": "Spring class", "participants": members}},
    )

    tracemalloc.start()
    events = take(joined, *(group_text(number) for number in range(1000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    chat = WahaChat.objects.get()
    assert {event.state for event in events} == {EventState.DONE}
    assert (chat.name, chat.kind, chat.in_seq) == ("Spring class", "group", 1000)
    assert WahaMessage.objects.values("sender_id").distinct().count() == 1000
    assert peak < 60 * 1024 * 1024
    page(desk, chat)  # what is cached from then on
    with django_assert_max_num_queries(35):
        words = page(desk, chat)
    assert words.count('data-message="') == 50


def test_an_impossible_webhook_is_kept_with_its_reason(
    take: Callable[..., list[WahaEvent]], number: WahaSession
) -> None:
    good = text("A1", "Hello")
    bad = body("message.any", {"id": None, "hasMedia": True, "media": [1, 2]})

    events = take(bad, good)

    states = [(event.state, bool(event.last_error)) for event in events]
    assert states == [(EventState.DEAD, True), (EventState.DONE, False)]
    assert WahaMedia.objects.filter(state=MediaState.PENDING).count() == 0
