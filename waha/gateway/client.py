"""The client of WAHA: nothing else in the project speaks HTTP to it."""

from waha.gateway.answers import OutgoingContact, OutgoingFile
from waha.gateway.chat_calls import ChatCalls, FileStream
from waha.gateway.errors import (
    BadMediaUrl,
    NotSent,
    OutcomeUnknown,
    ReachoutLocked,
    Refused,
    Unavailable,
    WahaError,
)
from waha.gateway.mark_calls import MarkCalls
from waha.gateway.media_path import media_path
from waha.gateway.receipts import Receipt
from waha.gateway.send_calls import SendCalls
from waha.gateway.session_calls import SessionCalls


class WahaClient(SessionCalls, SendCalls, MarkCalls, ChatCalls):
    """One WAHA server. Cheap to make and safe to share between threads: pools live per address."""


__all__ = [
    "BadMediaUrl",
    "FileStream",
    "NotSent",
    "OutcomeUnknown",
    "OutgoingContact",
    "OutgoingFile",
    "ReachoutLocked",
    "Receipt",
    "Refused",
    "Unavailable",
    "WahaClient",
    "WahaError",
    "media_path",
]
