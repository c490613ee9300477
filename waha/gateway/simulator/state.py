"""What the simulated WAHA knows: sessions, their messages, and the truth about both."""

import time
from dataclasses import dataclass, field
from typing import Any

from waha.gateway.label_colors import COLORS
from waha.gateway.simulator.ids import chat_address, is_group
from waha.gateway.simulator.media import Media

Json = dict[str, Any]
ACK_NAMES = {-1: "ERROR", 0: "PENDING", 1: "SERVER", 2: "DEVICE", 3: "READ", 4: "PLAYED"}


@dataclass(slots=True)
class Message:
    """One message of one chat. `alt` is the sender's other address, where it is known."""

    raw_id: str
    chat_id: str
    from_me: bool
    timestamp: int
    kind: str = "text"
    body: str | None = None
    source: str = "app"
    ack: int = 2
    participant: str | None = None
    alt: str | None = None
    push_name: str | None = None
    media: Media | None = None
    location: Json | None = None
    vcards: list[str] | None = None
    poll: Json | None = None
    reply_to: str | None = None
    extra: Json | None = None
    reserved: bool = False

    @property
    def full_id(self) -> str:
        parts = ["true" if self.from_me else "false", self.chat_id, self.raw_id]
        if is_group(self.chat_id) and self.participant:
            parts.append(self.participant)
        return "_".join(parts)


@dataclass(slots=True)
class Session:
    """A session. `paired` says whether a phone is linked; `epoch` counts starts and stops.

    `is_business`: the account is a WhatsApp Business one, which alone has labels.
    """

    name: str
    config: Json = field(default_factory=dict)
    status: str = "STOPPED"
    statuses: list[Json] = field(default_factory=list)
    phone: str = ""
    push_name: str = ""
    paired: bool = False
    qr_number: int = 0
    epoch: int = 0
    silent: bool = False
    reachout_locked: bool = False
    typing: set[str] = field(default_factory=set)
    seen: list[str] = field(default_factory=list)
    starred: set[str] = field(default_factory=set)
    pinned: dict[str, float] = field(default_factory=dict)
    archived: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    is_business: bool = False
    met: set[str] = field(default_factory=set)
    """Addresses of people whose both forms are known beside those who wrote."""
    labels: dict[str, Json] = field(default_factory=dict)
    chat_labels: dict[str, list[str]] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)

    @property
    def own_id(self) -> str:
        return f"{self.phone}@c.us"

    @property
    def lid(self) -> str:
        return f"{11_000_000_000_000 + int(self.phone or 0)}@lid"

    @property
    def me(self) -> Json | None:
        if not self.paired:
            return None
        me: Json = {"id": self.own_id, "pushName": self.push_name, "lid": self.lid}
        return me | ({"reachoutTimelock": self.timelock} if self.reachout_locked else {})

    @property
    def timelock(self) -> Json:
        """WhatsApp's word on whether this number may write to new people."""
        if not self.reachout_locked:
            return {"isActive": False, "timeEnforcementEnds": None, "enforcementType": None}
        return {
            "isActive": True,
            "timeEnforcementEnds": int(time.time()) + 86400,
            "enforcementType": "RESTRICT_ALL_COMPANIONS",
        }

    def add_label(self, name: str, color: int) -> Json:
        """Make a label under the next number."""
        number = str(max(map(int, self.labels), default=0) + 1)
        shown = COLORS[color % len(COLORS)]
        self.labels[number] = {"id": number, "name": name, "color": color, "colorHex": shown}
        return self.labels[number]

    def find(self, message_id: str) -> Message | None:
        """Return a message by its full or its raw id."""
        if message_id in self.messages:
            return self.messages[message_id]
        parts = message_id.split("_", 3)
        return self.messages.get(parts[2]) if len(parts) >= 3 else None


@dataclass(frozen=True, slots=True)
class AcceptedSend:
    """A send that went out to WhatsApp: the truth that a test compares with."""

    session: str
    chat_id: str
    kind: str
    text: str
    raw_id: str
    reserved: bool
    at: float
    reply_to: str | None = None


@dataclass(slots=True)
class Emission:
    """One event on its way to one webhook, and what became of it."""

    envelope_id: str
    event: str
    session: str
    raw_id: str | None
    attempts: int = 0
    delivered: int = 0
    lost: bool = False
    dead: bool = False


@dataclass(slots=True)
class Truth:
    """Everything that really happened, whatever the faults made of it."""

    sends: list[AcceptedSend] = field(default_factory=list)
    customer_messages: list[tuple[str, str, str]] = field(default_factory=list)
    emissions: list[Emission] = field(default_factory=list)
    rejected_calls: list[str] = field(default_factory=list)
    faults_injected: int = 0

    def clear(self) -> None:
        """Begin a new truth."""
        self.sends.clear()
        self.customer_messages.clear()
        self.emissions.clear()
        self.rejected_calls.clear()
        self.faults_injected = 0

    def as_json(self) -> Json:
        """Return counts and lists for the admin route."""
        return {
            "accepted": [
                {
                    "session": send.session,
                    "chatId": send.chat_id,
                    "kind": send.kind,
                    "text": send.text,
                    "id": send.raw_id,
                    "reserved": send.reserved,
                    "at": send.at,
                    "replyTo": send.reply_to,
                }
                for send in self.sends
            ],
            "customers": [
                {"session": session, "chatId": chat, "id": raw}
                for session, chat, raw in self.customer_messages
            ],
            "emitted": [
                {
                    "id": one.envelope_id,
                    "event": one.event,
                    "session": one.session,
                    "messageId": one.raw_id,
                    "attempts": one.attempts,
                    "delivered": one.delivered,
                    "lost": one.lost,
                    "dead": one.dead,
                }
                for one in self.emissions
            ],
            "delivered": sum(one.delivered for one in self.emissions),
            "lost": sum(one.lost for one in self.emissions),
            "dead": sum(one.dead for one in self.emissions),
            "faultsInjected": self.faults_injected,
        }


@dataclass(frozen=True, slots=True)
class Person:
    """A customer with both of WhatsApp's addresses for them.

    `sessions` names the numbers they write to when they live by themselves; none means any.
    Of one who is `hidden` WAHA never learns which phone is behind the LID.
    """

    name: str
    phone: str
    lid: str
    lines: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()
    uses_lid: bool = False
    sessions: tuple[str, ...] = ()
    hidden: bool = False

    @property
    def pn(self) -> str:
        return f"{self.phone}@c.us"

    @property
    def address(self) -> str:
        """The address this person's messages come under."""
        return self.lid if self.uses_lid else self.pn

    def other(self, address: str) -> str:
        """Return the address that `address` is not."""
        return self.pn if address == self.lid else self.lid


@dataclass(slots=True)
class Group:
    """A group and its members by phone; the account itself is always one of them."""

    id: str
    subject: str
    members: list[str]
    description: str = ""
    only_admins: bool = False
    own_role: str = "admin"
    """What the account is in it; "left" when it is not in it any more."""


@dataclass(slots=True)
class Directory:
    """Who there is on WhatsApp."""

    people: dict[str, Person] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    labels: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Which chats have which labels, by session; its accounts are Business ones."""

    def person(self, address: str) -> Person | None:
        """Return the person behind a phone, a phone address or a LID."""
        wanted = chat_address(address)
        if wanted.endswith("@lid"):
            return next((one for one in self.people.values() if one.lid == wanted), None)
        return self.people.get(wanted.split("@")[0])

    def chat_key(self, address: str) -> str:
        """Return one key for both addresses of a person, so that their messages stay together."""
        person = self.person(address)
        return person.pn if person else chat_address(address)
