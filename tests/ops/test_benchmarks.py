"""The benchmarks measure what they say: their data hangs together, their goals are judged right."""

import json
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.models import Count, Max, Q

from benchmarks import bodies, data, finding, pages
from benchmarks.report import Figure
from mercury.ops.seeding import scale
from waha.gateway import signing
from waha.gateway.payloads import IncomingMessage, decode, parse
from waha.models import ChatRead, WahaChat, WahaMessage, WahaMessageKey, WahaSession
from waha.search import plans, query, rebuild
from waha.search.plans import Wanted


@pytest.fixture
def filled(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(scale, "CHATS", 12)
    # ANALYZE TABLE commits, so the rows are flushed and not rolled back. And loading turns
    # durability off for the whole server: not in tests.
    monkeypatch.setattr(data, "_while_loading", lambda *_, **__: None)
    data.fill(300)
    return 300


@pytest.mark.core
@pytest.mark.slow
def test_filled_rows_hang_together(filled: int) -> None:
    truth = {
        row["chat_id"]: row
        for row in WahaMessage.objects.values("chat_id").annotate(
            incoming=Count("pk", filter=Q(from_me=False)), last=Max("created_at")
        )
    }
    chats = {chat.pk: chat for chat in WahaChat.objects.filter(pk__in=truth)}
    sessions = tuple(WahaSession.objects.values_list("pk", flat=True))

    assert WahaMessage.objects.count() == WahaMessageKey.objects.count() == filled
    assert {pk: (chat.in_seq, chat.last_message_at) for pk, chat in chats.items()} == {
        pk: (row["incoming"], row["last"]) for pk, row in truth.items()
    }
    assert rebuild.problems() == []
    planted = {
        word: plans.find(Wanted(sessions, terms=query.parse(word).terms)) for word in finding.WORDS
    }
    assert {word: len(found.hits) for word, found in planted.items()} == {
        data.RARE: data.RARE_ROWS, data.FREQUENT: 15, "quince": 1, "medlar": 1,
    }  # fmt: skip
    assert max(truth, key=lambda pk: chats[pk].in_seq) == 1
    assert all(0 <= chat.in_seq - chat.read_floor <= 2 for chat in chats.values())
    assert ChatRead.objects.count() == 12
    assert not connection.needs_rollback


def test_body_is_what_our_parser_reads_and_our_webhook_believes() -> None:
    request = bodies.request(
        "/x/", data_body := message_body(7), key="a key of the session", number=7
    )
    head, _, body = request.partition(b"\r\n\r\n")
    signature = next(
        line.split(b": ")[1].decode()
        for line in head.split(b"\r\n")
        if line.startswith(b"X-Webhook-Hmac:")
    )

    event = parse(decode(body))

    assert body == data_body
    assert isinstance(event, IncomingMessage)
    assert (event.raw_id, event.chat) == (f"3EB0{7:018X}", bodies.contact(3))
    assert signing.verify(("a key of the session",), body, signature, "sha512")


def test_bodies_of_one_run_are_all_different_messages() -> None:
    ids = {json.loads(message_body(number))["payload"]["id"] for number in range(50)}

    assert len(ids) == 50


def message_body(number: int) -> bytes:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return bodies.message(session="bench", chat=3, number=number, at=at)


@pytest.mark.parametrize(
    ("value", "least", "met"), [(0.7, True, True), (0.69, True, False), (1.21, False, False)]
)
def test_figure_is_judged_by_its_goal(value: float, least: bool, met: bool) -> None:
    figure = Figure("x", value, 0.7 if least else 1.2, least=least)

    assert (figure.met, str(figure)[:4]) == (met, "ok  " if met else "MISS")


@pytest.mark.parametrize(
    ("text", "size"), [("1m", 1_000_000), ("10M", 10_000_000), ("200k", 200_000)]
)
def test_scale_is_read(text: str, size: int) -> None:
    assert pages.size(text) == size


@pytest.mark.parametrize("text", ["1k", "ten", "", "10g"])
def test_scale_that_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(SystemExit, match="write 1m or 10m"):
        pages.size(text)
