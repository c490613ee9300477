"""The chat that is open on a page, as the thread and its messages are read and drawn by it."""

from dataclasses import dataclass, field
from datetime import datetime

from waha.inbox.label_chips import Chip
from waha.inbox.numbers import Number


@dataclass(frozen=True, slots=True)
class Known:
    """A contact or company as the thread links to it."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Chat:
    """The open chat, and whether and why not one may write in it."""

    pk: int
    name: str
    kind: str
    hue: int
    subtitle: str
    number: Number
    can_reply: bool
    may_act: bool
    closed_reason: str
    unread: int
    in_seq: int
    first_at: datetime | None
    last_at: datetime | None
    pinned: bool = False
    archived: bool = False
    labels: list[Chip] = field(default_factory=list)
    picture_url: str = ""
    closed_action_url: str = ""
    closed_action_label: str = ""
    contact: Known | None = None
    company: Known | None = None
    may_add_contact: bool = False
