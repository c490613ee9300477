"""The relay: every update reaches the stream once, however late it commits."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tests.waha.inbox.conftest import add_chat
from waha import updates
from waha.inbox import relay
from waha.inbox.redis_stream import START, STREAM
from waha.models import UpdateKind, WahaChat, WahaSession, WahaUpdate

pytestmark = [pytest.mark.django_db, pytest.mark.redis]


@pytest.fixture
def store(redis_url: str) -> Iterator[Any]:
    """The test's own Redis."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
def relayed_chat(number: WahaSession) -> WahaChat:
    return add_chat(number, 1)


def record(chat: WahaChat, pk: int) -> None:
    WahaUpdate.objects.create(
        pk=pk, kind=UpdateKind.CHAT, session_id=chat.session_id, chat_id=chat.pk
    )


def relayed(client: Any) -> list[str]:
    """Update ids in the order of the stream, without control entries."""
    entries = client.xrange(STREAM)
    return [fields["data"].split('"')[3] for _id, fields in entries if fields["kind"] != START]


def test_relay_copies_each_update_once(store: Any, relayed_chat: WahaChat) -> None:
    record(relayed_chat, 11)
    record(relayed_chat, 12)

    counts = [relay.relay_new(), relay.relay_new()]
    record(relayed_chat, 13)
    counts.append(relay.relay_new())

    assert counts == [2, 0, 1]
    assert relayed(store) == ["11", "12", "13"]


def test_relay_copies_an_update_that_commits_late(store: Any, relayed_chat: WahaChat) -> None:
    record(relayed_chat, 21)
    relay.relay_new()

    record(relayed_chat, 20)
    relay.relay_new()

    assert relayed(store) == ["21", "20"]


def test_relay_forgets_ids_after_the_overlap_and_copies_nothing_again(
    store: Any, relayed_chat: WahaChat
) -> None:
    record(relayed_chat, 31)
    record(relayed_chat, 32)
    relay.relay_new()
    for pk in (31, 32):
        store.zincrby(relay.DONE, -11, str(pk))

    record(relayed_chat, 33)
    copied = relay.relay_new()

    assert copied == 1
    assert (store.get(relay.LOW), store.zrange(relay.DONE, 0, -1)) == ("32", ["33"])


def test_relay_that_is_busy_is_asked_to_go_round_again(store: Any, relayed_chat: WahaChat) -> None:
    record(relayed_chat, 41)
    store.set(relay.LOCK, "somebody", ex=30)

    copied = relay.relay_new()

    assert (copied, store.exists(relay.AGAIN)) == (0, 1)


def test_relay_on_an_empty_redis_tells_followers_to_begin_anew(
    store: Any, relayed_chat: WahaChat
) -> None:
    record(relayed_chat, 51)
    relay.relay_new()
    store.flushdb()

    relay.relay_new()

    assert [fields["kind"] for _id, fields in store.xrange(STREAM)] == [START, "chat"]


def test_relay_does_not_stop_at_a_database_that_was_put_back(
    store: Any, relayed_chat: WahaChat
) -> None:
    """After a restore ids begin lower than what was already relayed."""
    store.set(relay.LOW, 900_000)
    record(relayed_chat, 61)

    copied = relay.relay_new()

    assert (copied, relayed(store)) == (1, ["61"])


def test_relay_without_redis_does_nothing(relayed_chat: WahaChat, settings: Any) -> None:
    settings.REDIS_URL = ""
    updates.record(UpdateKind.CHAT, relayed_chat.session_id, relayed_chat.pk)

    assert relay.relay_new() == 0


def test_relay_whose_redis_is_away_only_says_so(
    relayed_chat: WahaChat, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    record(relayed_chat, 71)

    copied = relay.relay_new()

    assert (copied, caplog.messages) == (0, ["relay stopped: ConnectionError"])
