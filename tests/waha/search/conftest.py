"""Messages that are searched, and a search in one line."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.waha.inbox.conftest import (  # noqa: F401  # fixtures
    NOON,
    add_chat,
    add_message,
    desk,
    months_known_for_long,
    olga,
    other_number,
    second_number,
    sign_in,
)
from waha import texts
from waha.models import WahaChat, WahaMessage, WahaSession
from waha.search import plans
from waha.search.plans import Hits, Wanted
from waha.search.query import parse

__all__ = ["NOON", "add_chat", "said"]


def said(chat: WahaChat, text: str, minutes: int = 0, **values: Any) -> WahaMessage:
    """A message that was fed to search, `minutes` before noon three days ago."""
    at: datetime = values.pop("at", NOON - timedelta(minutes=minutes))
    message = add_message(chat, text, at, **values)
    texts.record([message])
    return message


@pytest.fixture
def find(number: WahaSession) -> Callable[..., Hits]:
    """`find("words", **columns of Wanted)` on the number `support`."""

    def run(text: str, *, size: int = 20, cursor: Any = None, **wanted: Any) -> Hits:
        wanted.setdefault("sessions", (number.pk,))
        asked = Wanted(terms=parse(text).terms, **wanted)
        return plans.find(asked, size=size, cursor=cursor)

    return run
