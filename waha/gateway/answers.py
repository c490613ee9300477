"""The shapes WAHA's answers take on our side. All tolerate missing fields and nulls."""

import base64
from dataclasses import dataclass, field
from typing import Any, Self

Json = dict[str, Any]


def as_dict(value: Any) -> Json:
    """Return `value` if it is an object, else an empty one: WAHA sends null for both."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Json]:
    """Return the objects in a list; NOWEB answers `{}` for some empty lists."""
    if isinstance(value, dict):
        value = list(value.values())
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_text(value: Any) -> str | None:
    """Return a non-empty string or None."""
    return value if isinstance(value, str) and value else None


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """Which WAHA answers, and with which engine."""

    version: str
    engine: str
    tier: str

    @classmethod
    def read(cls, answer: Any) -> Self:
        got = as_dict(answer)
        return cls(*(as_text(got.get(name)) or "" for name in ("version", "engine", "tier")))


@dataclass(frozen=True, slots=True)
class Me:
    """The WhatsApp account behind a session. `timelock` is WhatsApp's reachout lock, if told."""

    id: str
    push_name: str
    lid: str | None = None
    timelock: Json | None = None

    @classmethod
    def read(cls, answer: Any) -> Self | None:
        got = as_dict(answer)
        if not (found := as_text(got.get("id"))):
            return None
        lock = got.get("reachoutTimelock")
        return cls(
            id=found,
            push_name=as_text(got.get("pushName")) or "",
            lid=as_text(got.get("lid")),
            timelock=lock if isinstance(lock, dict) else None,
        )


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session as WAHA sees it. `config` holds the HMAC key in clear: kept out of the repr."""

    name: str
    status: str
    me: Me | None = None
    engine: str | None = None
    config: Json = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, answer: Any) -> Self:
        got = as_dict(answer)
        return cls(
            name=as_text(got.get("name")) or "",
            status=as_text(got.get("status")) or "UNKNOWN",
            me=Me.read(got.get("me")),
            engine=as_text(as_dict(got.get("engine")).get("engine")),
            config=as_dict(got.get("config")),
        )


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """Whether a phone number is on WhatsApp, and under which chat id (Brazil's ninth digit)."""

    exists: bool
    chat_id: str | None = None

    @classmethod
    def read(cls, answer: Any) -> Self:
        got = as_dict(answer)
        return cls(exists=got.get("numberExists") is True, chat_id=as_text(got.get("chatId")))


@dataclass(frozen=True, slots=True)
class ChatOverview:
    """One line of WAHA's chat list; `last_message` is a WAMessage as it came."""

    id: str
    name: str | None
    picture: str | None
    last_message: Json | None = field(repr=False)

    @classmethod
    def read(cls, answer: Json) -> Self:
        last = answer.get("lastMessage")
        return cls(
            id=as_text(answer.get("id")) or "",
            name=as_text(answer.get("name")),
            picture=as_text(answer.get("picture")),
            last_message=last if isinstance(last, dict) else None,
        )


@dataclass(frozen=True, slots=True)
class ContactInfo:
    """A person as the account's address book and WhatsApp know them."""

    id: str
    name: str | None
    push_name: str | None
    number: str | None

    @classmethod
    def read(cls, answer: Any) -> Self | None:
        got = as_dict(answer)
        if not (found := as_text(got.get("id"))):
            return None
        return cls(
            id=found,
            name=as_text(got.get("name")),
            push_name=as_text(got.get("pushname")) or as_text(got.get("pushName")),
            number=as_text(got.get("number")),
        )


@dataclass(frozen=True, slots=True)
class LidPair:
    """A person's two addresses; the one WAHA does not know is None."""

    lid: str | None
    pn: str | None

    @classmethod
    def read(cls, answer: Any) -> Self:
        got = as_dict(answer)
        return cls(lid=as_text(got.get("lid")), pn=as_text(got.get("pn")))


@dataclass(frozen=True, slots=True)
class Participant:
    """A member of a group. `role` is one of left, participant, admin, superadmin."""

    id: str
    pn: str | None
    role: str

    @classmethod
    def read(cls, answer: Json) -> Self:
        return cls(
            id=as_text(answer.get("id")) or "",
            pn=as_text(answer.get("pn")),
            role=as_text(answer.get("role")) or "participant",
        )


@dataclass(frozen=True, slots=True)
class LabelInfo:
    """A label of WhatsApp Business; `color` is a hex colour, "" when not told."""

    id: str
    name: str
    color: str

    @classmethod
    def read(cls, answer: Any) -> Self:
        got = as_dict(answer)
        return cls(*(as_text(got.get(name)) or "" for name in ("id", "name", "colorHex")))


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file to send, whole in memory; WAHA takes bodies up to 50 MB as base64."""

    mimetype: str
    filename: str
    data: bytes = field(repr=False)

    def as_json(self) -> Json:
        encoded = base64.b64encode(self.data).decode("ascii")
        return {"mimetype": self.mimetype, "filename": self.filename, "data": encoded}


@dataclass(frozen=True, slots=True)
class OutgoingContact:
    """A contact card to send."""

    full_name: str
    phone_number: str
    organization: str = ""
    whatsapp_id: str = ""

    def as_json(self) -> Json:
        # The schema requires `vcard` beside the parts; the server builds it when it is null.
        return {
            "fullName": self.full_name,
            "organization": self.organization,
            "phoneNumber": self.phone_number,
            "whatsappId": self.whatsapp_id or "".join(filter(str.isdigit, self.phone_number)),
            "vcard": None,
        }
