"""The customers: a small cast of varied people, in the number ranges kept free for fiction."""

import json
from pathlib import Path

from waha.gateway.simulator.state import Directory, Group, Person

ENGLISH_LINES = (
    "Hi! Is there still a place on the first-aid course on Thursday?",
    "Could you send me the invoice again, please? I cannot find it.",
    "Running ten minutes late, sorry 🙈",
    "What time does the forklift refresher start tomorrow?",
    "Can I bring a colleague along?",
    "Do we need to bring our own safety shoes?",
)
ENGLISH_REPLIES = (
    "Perfect, thank you! 👍",
    "Great, see you then.",
    "Ok, let me check with my manager and come back to you.",
    "Thanks. And is parking included?",
    "That works for me 😊",
)
ARABIC_LINES = (
    "مرحباً، هل ما زالت هناك أماكن في دورة السلامة؟",
    "كم سعر الدورة لخمسة موظفين؟",
    "أرسلت التحويل هذا الصباح، هل وصلكم؟",
)
ARABIC_REPLIES = ("شكراً جزيلاً 🌹", "ممتاز، سأكون هناك إن شاء الله", "حسناً، سأرد عليكم غداً")
HEBREW_LINES = (
    "שלום, באיזו שעה מתחיל הקורס ביום ראשון?",
    "אפשר לקבל חשבונית על שם החברה?",
)
HEBREW_REPLIES = ("תודה רבה!", "מעולה, נתראה 🙏")
PORTUGUESE_LINES = (
    "Olá! O curso de liderança também é dado em português?",
    "Bom dia, já recebi o certificado. Obrigada! 🎉",
    "Posso pagar em duas vezes?",
)
PORTUGUESE_REPLIES = ("Perfeito, muito obrigada!", "Combinado 😄", "Certo, até amanhã.")
GERMAN_LINES = ("Guten Tag, können wir den Termin um eine Woche verschieben?",)
GERMAN_REPLIES = ("Vielen Dank für die schnelle Antwort!",)

PEOPLE = (
    Person("Anna Kunde", "447700900123", "223344556677889@lid", GERMAN_LINES, GERMAN_REPLIES),
    Person("Tom Harris", "447700900124", "223344556677124@lid", ENGLISH_LINES, ENGLISH_REPLIES),
    Person(
        "Priya Nair 🌸",
        "447700900125",
        "223344556677125@lid",
        ENGLISH_LINES,
        ENGLISH_REPLIES,
        uses_lid=True,
    ),
    Person("Grace O'Neill", "447700900126", "223344556677126@lid", ENGLISH_LINES, ENGLISH_REPLIES),
    Person("أحمد منصور", "12025550127", "223344556677127@lid", ARABIC_LINES, ARABIC_REPLIES),
    Person(
        "ليلى حداد",
        "447700900128",
        "223344556677128@lid",
        ARABIC_LINES,
        ARABIC_REPLIES,
        uses_lid=True,
    ),
    Person("נועה לוי", "61491570157", "223344556677129@lid", HEBREW_LINES, HEBREW_REPLIES),
    Person(
        "João Ferreira",
        "447700900130",
        "223344556677130@lid",
        PORTUGUESE_LINES,
        PORTUGUESE_REPLIES,
    ),
    Person(
        "Beatriz Souza",
        "12025550131",
        "223344556677131@lid",
        PORTUGUESE_LINES,
        PORTUGUESE_REPLIES,
    ),
    Person("Marcus Webb", "447700900132", "223344556677132@lid", ENGLISH_LINES, ENGLISH_REPLIES),
)
GROUPS = (
    Group(
        "120363025555555555@g.us",
        "Forklift course, October",
        ["447700900124", "447700900125", "447700900132"],
        "Times and places for everyone on the course",
    ),
    Group(
        "120363026666666666@g.us",
        "فريق السلامة · Safety team",
        ["12025550127", "447700900128", "447700900126"],
    ),
)


def directory(people_file: Path | None = None) -> Directory:
    """Return who there is: the cast, or the people of a JSON file.

    The file holds `{"people": [{name, phone, lid?, lines?, replies?, usesLid?, hidden?,
    sessions?}], "groups": [{id, subject, members: [phone]}],
    "labels": {session: {label: [chat]}}}`.
    """
    if people_file is None:
        groups = {one.id: Group(one.id, one.subject, list(one.members)) for one in GROUPS}
        return Directory({person.phone: person for person in PEOPLE}, groups)
    content = json.loads(people_file.read_text(encoding="utf-8"))
    people = [_read_person(one) for one in content.get("people", [])]
    found = [Group(one["id"], one["subject"], one["members"]) for one in content.get("groups", [])]
    everybody = {one.phone: one for one in people}
    return Directory(everybody, {one.id: one for one in found}, content.get("labels", {}))


def lid_of(phone: str) -> str:
    """Return a made-up LID for a phone that has none given."""
    return f"{22_000_000_000_000 + int(phone)}@lid"


def _read_person(one: dict[str, object]) -> Person:
    phone = str(one["phone"]).lstrip("+")
    lines, replies, sessions = (one.get(name) for name in ("lines", "replies", "sessions"))
    return Person(
        name=str(one["name"]),
        phone=phone,
        lid=str(one.get("lid") or lid_of(phone)),
        lines=tuple(lines) if isinstance(lines, list) else ENGLISH_LINES,
        replies=tuple(replies) if isinstance(replies, list) else ENGLISH_REPLIES,
        uses_lid=bool(one.get("usesLid")),
        hidden=bool(one.get("hidden")),
        sessions=tuple(sessions) if isinstance(sessions, list) else (),
    )
