from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from mercury import broker, file_queue

pytestmark = pytest.mark.core


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Any]:
    options = broker.transport_options("", tmp_path)
    with Connection(broker.url(""), transport_options=options) as connection:
        yield connection.default_channel


def test_url_without_redis_leads_to_our_transport(channel: Any) -> None:
    assert isinstance(channel, file_queue.Channel)


def test_messages_come_out_as_they_went_in(channel: Any) -> None:
    channel._put("drain", {"body": "é"})
    channel._put("default", {"body": "other queue"})

    assert channel._get("drain") == {"body": "é"}
    with pytest.raises(Empty):
        channel._get("drain")


def test_half_written_message_is_not_there_yet(
    channel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def read_while_writing(payload: Any) -> str:
        try:
            channel._get("drain")
        except Empty:
            seen.append("empty")
        return "{}"

    monkeypatch.setattr(file_queue, "dumps", read_while_writing)

    channel._put("drain", {})

    assert seen == ["empty"]
    assert channel._get("drain") == {}


def test_table_that_is_being_written_is_read_again(
    channel: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "broker/control/drain.exchange"
    table.write_text("")
    monkeypatch.setattr(
        file_queue.time, "sleep", lambda seconds: table.write_text('[["drain", "", "drain"]]')
    )

    found = channel.get_table("drain")

    assert [each.queue for each in found] == ["drain"]
