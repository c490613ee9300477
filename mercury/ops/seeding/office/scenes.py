"""Conversations written by hand, so that the demo shows every kind of message.

Each ends `minutes_ago`; the last `unread` customer messages nobody has read.
"""

from dataclasses import dataclass, field
from typing import Any

from waha.models import MessageStatus, MessageType

IN, OUT = "<", ">"


@dataclass(frozen=True, slots=True)
class Step:
    """One message. `quote` counts back to the one it answers, `who` names a group's member."""

    side: str
    text: str = ""
    type: MessageType = MessageType.TEXT
    quote: int = 0
    who: str = ""
    by: str = ""
    status: MessageStatus | None = None
    reaction: str = ""
    edited: bool = False
    revoked: bool = False
    error: str = ""
    file: str = ""
    is_missing: bool = False
    seconds: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """The end of one chat: `who` is a customer's name or a group's subject."""

    who: str
    minutes_ago: int
    steps: tuple[Step, ...]
    unread: int = 0
    pinned: bool = False


PLACE = {
    "location": {
        "latitude": 52.5163,
        "longitude": 13.3777,
        "live": False,
        "name": "Training centre, side entrance",
        "address": "Pariser Platz 1, Berlin",
        "url": "",
    }
}
CARD = {
    "contacts": [
        {"name": "Sam Doyle", "phones": [{"number": "+44 7700 900333", "wa": "447700900333"}]}
    ]
}
POLL = {
    "poll": {
        "name": "Which evening suits you?",
        "options": ["Tuesday 18:00", "Wednesday 18:30", "Thursday 17:30"],
        "votes": {},
    }
}
CHOSEN = {
    "poll": {
        "name": "Which of these would you like to repeat?",
        "options": ["First aid", "Fire safety", "Forklift"],
        "many": True,
        "votes": {
            "447700900129@c.us": {
                "at": "2026-01-01T09:00:00+00:00",
                "id": "SEEDVOTE1",
                "options": ["First aid", "Forklift"],
            },
            "me": {"at": "2026-01-01T09:01:00+00:00", "id": "SEEDVOTE2", "options": ["First aid"]},
        },
    }
}
ON_THE_WAY = {"location": {**PLACE["location"], "live": True, "name": "", "address": ""}}
TWO_CARDS = {
    "contacts": [
        *CARD["contacts"],
        {"name": "Adaeze Okafor", "phones": [{"number": "+44 7700 900334", "wa": ""}]},
    ]
}
OFFLINE = "The number was not connected to WhatsApp. Connect it under Numbers, then try again."
SILENT = "WAHA did not answer in time."
EVERY_KIND = "Daniel Okafor"
"""The chat that shows every kind of message, and calls."""

SCENES = (
    Scene(
        "Amira Haddad",
        4,
        (
            Step(IN, "14 June please. Here are their details:"),
            Step(IN, "Participants", MessageType.DOCUMENT, file="Participants.pdf"),
            Step(
                OUT,
                "Both seats are reserved until Friday. I have attached the confirmation.",
                quote=2,
                by="Omar",
                status=MessageStatus.READ,
                reaction="🙏",
            ),
            Step(OUT, "", MessageType.DOCUMENT, file="Confirmation 2207.pdf", by="Omar"),
            Step(IN, "", MessageType.VOICE, seconds=24),
            Step(IN, "شكراً جزيلاً! هل يمكنني تغيير التاريخ؟"),
            Step(IN, "Shukran! Can I still change the date?"),
            Step(
                OUT,
                "Of course, until 30 April at no cost.",
                by="Omar",
                status=MessageStatus.FAILED,
                error=OFFLINE,
            ),
        ),
        unread=2,
        pinned=True,
    ),
    Scene(
        "Jonas Weber",
        11,
        (
            Step(IN, "Könnten Sie mir das Angebot bis heute Mittag schicken?"),
            Step(OUT, "Sehr gern, kommt gleich.", by="Mia", status=MessageStatus.READ),
            Step(
                OUT,
                "Angebot für 12 Personen",
                MessageType.DOCUMENT,
                file="Angebot 4410.pdf",
                by="Mia",
                status=MessageStatus.READ,
            ),
            Step(IN, "Angekommen, danke! Das prüft jetzt die Geschäftsführung 👌", quote=1),
        ),
    ),
    Scene(
        "Grace O'Neill",
        19,
        (
            Step(
                IN, "This is how the room looks now. Enough space?", MessageType.IMAGE, file="Room"
            ),
            Step(
                OUT,
                "Looks great 😍 We need one more table for the dummies.",
                by="Priya",
                quote=1,
                status=MessageStatus.READ,
                reaction="👍",
            ),
            Step(IN, "", MessageType.IMAGE, file="Table"),
            Step(IN, "Like this one?", quote=1),
            Step(IN, "", MessageType.VOICE, seconds=9),
        ),
        unread=3,
    ),
    Scene(
        "Leadership in Practice, June",
        26,
        (
            Step(
                OUT,
                "Welcome everybody! Which evening suits you for the kick-off?",
                by="Priya",
                status=MessageStatus.READ,
            ),
            Step(OUT, "", MessageType.POLL, by="Priya", extra=POLL, status=MessageStatus.READ),
            Step(IN, "Wednesday is best for me", who="Wei Zhang", reaction="👍"),
            Step(IN, "Any of them 🙂", who="Rahul Mehta"),
            Step(
                IN,
                "I have sent the list of names to Priya, please have a look when you can.",
                who="Grace O'Neill",
            ),
            Step(IN, "", MessageType.STICKER, file="sticker", who="Emily Clarke"),
        ),
        unread=4,
    ),
    # All kinds in one place, for whoever wants to look at them.
    Scene(
        EVERY_KIND,
        34,
        (
            Step(IN, "Messages are end-to-end encrypted.", MessageType.SYSTEM),
            Step(IN, "Good morning! A few things about *Monday*:"),
            Step(IN, "The yard, with room for the truck", MessageType.IMAGE, file="Yard"),
            Step(IN, "", MessageType.VIDEO, file="Video"),
            Step(IN, "", MessageType.VOICE, seconds=6, reaction="👍"),
            Step(IN, "", MessageType.AUDIO, seconds=6),
            Step(IN, "Site plan", MessageType.DOCUMENT, file="Site plan.pdf"),
            Step(IN, "", MessageType.DOCUMENT, file="Risk assessment.pdf", is_missing=True),
            Step(IN, "", MessageType.STICKER, file="sticker"),
            Step(IN, "", MessageType.LOCATION, extra=ON_THE_WAY),
            Step(OUT, "", MessageType.LOCATION, by="Priya", extra=PLACE, status=MessageStatus.READ),
            Step(IN, "", MessageType.CONTACT, extra=TWO_CARDS),
            Step(OUT, "", MessageType.POLL, by="Priya", extra=CHOSEN, status=MessageStatus.READ),
            Step(IN, "First aid, and I hope the *forklift* too", quote=1, edited=True),
            Step(IN, "", revoked=True),
            Step(IN, "", MessageType.UNSUPPORTED),
            Step(
                OUT,
                "Noted, see you on Monday. The route: https://example.com/route",
                by="Priya",
                quote=3,
                status=MessageStatus.DELIVERED,
                reaction="❤️",
            ),
            Step(IN, "🙏"),
        ),
        unread=1,
    ),
    Scene(
        "مريم العتيبي",
        48,
        (
            Step(IN, "متى تبدأ الدورة القادمة؟"),
            Step(IN, "وهل يوجد موقف سيارات قريب؟ 🚗"),
        ),
        unread=2,
    ),
    Scene(
        "Carlos Pérez",
        75,
        (
            Step(IN, "¿Dónde es exactamente la entrada?"),
            Step(OUT, "", MessageType.LOCATION, by="Tomás", extra=PLACE, status=MessageStatus.READ),
            Step(
                OUT, "", MessageType.CONTACT, by="Tomás", extra=CARD, status=MessageStatus.DELIVERED
            ),
            Step(
                OUT,
                "Sam le espera abajo. ¡Hasta el lunes a las 9!",
                by="Tomás",
                status=MessageStatus.SENT,
            ),
        ),
    ),
    Scene(
        "Rahul Mehta",
        130,
        (
            Step(IN, "We are 14 people", edited=True),
            Step(IN, "", revoked=True),
            Step(
                OUT,
                "Fourteen is fine, two trainers then.",
                by="Priya",
                edited=True,
                quote=2,
                status=MessageStatus.READ,
            ),
            Step(OUT, "", by="Priya", revoked=True, status=MessageStatus.READ),
            Step(IN, "Great, thanks ❤️", reaction="❤️"),
        ),
    ),
    Scene(
        "Tom Harris",
        155,
        (
            Step(IN, "Could you confirm the seats for Tuesday?"),
            Step(
                OUT,
                "Confirmed: four seats on Tuesday, 9:00.",
                by="Omar",
                status=MessageStatus.UNKNOWN,
                error=SILENT,
            ),
        ),
    ),
    Scene(
        "Hannah Meyer",
        185,
        (
            Step(
                OUT,
                "Die Zertifikate sind heute in die Post gegangen.",
                by="Tomás",
                status=MessageStatus.READ,
            ),
            Step(
                IN,
                "Danke! Gestern war übrigens super, hier ein kleines Video 🎬",
                MessageType.VIDEO,
                file="Video",
            ),
            Step(OUT, "Das freut uns sehr! 🎉", by="Tomás", status=MessageStatus.READ),
        ),
    ),
    Scene(
        "Accounts · Brightwater",
        240,
        (
            Step(IN, "Invoice 8812 shows the wrong VAT number, could you correct it?"),
            Step(
                OUT,
                "Yes, the corrected one is attached.",
                MessageType.DOCUMENT,
                by="Priya",
                file="Invoice 8812.pdf",
                status=MessageStatus.PENDING,
            ),
        ),
    ),
    Scene(
        "فريق السلامة · Safety team",
        300,
        (
            Step(IN, "صباح الخير جميعاً ☀️", who="أحمد منصور"),
            Step(
                OUT,
                "صباح النور! موعدنا غداً في التاسعة.",
                by="Omar",
                status=MessageStatus.READ,
                reaction="👍",
            ),
            Step(IN, "I will bring the extinguishers 🧯", who="Amira Haddad"),
            Step(IN, "", MessageType.IMAGE, who="ليلى حداد", file="Extinguishers"),
        ),
        unread=1,
    ),
    Scene(
        "Nathan Price",
        420,
        (
            Step(IN, "", MessageType.UNSUPPORTED),
            Step(
                OUT,
                "We cannot open that one here, could you write it as text?",
                by="Priya",
                status=MessageStatus.READ,
            ),
            Step(IN, "It was an event invitation 😅 Thursday 14:00 on Teams"),
        ),
        unread=1,
    ),
)
