"""Contact cards: a name and phone numbers out of a vCard, nothing else."""

import re
from dataclasses import dataclass

from waha.gateway.payloads.fields import as_list
from waha.gateway.payloads.text import clean, cut

MAX_CARDS = 100
MAX_PHONES = 20
MAX_LENGTH = 20_000
"""Characters read of one card: photographs may follow."""

FOLD = re.compile(r"\r?\n[ \t]")
WAID = re.compile(r"(?:^|;)waid=(\d{5,20})", re.IGNORECASE)
TEL = re.compile(r"(?:[\w-]+\.)?TEL(?=[;:])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CardPhone:
    """A number as the card writes it, and its WhatsApp digits when the card says them."""

    text: str
    wa_digits: str


@dataclass(frozen=True, slots=True)
class Card:
    """One shared contact."""

    name: str
    phones: tuple[CardPhone, ...]


def parse_cards(value: object) -> tuple[Card, ...]:
    """Read the cards of a message; what is not a card is left out."""
    texts = [text for text in as_list(value)[:MAX_CARDS] if isinstance(text, str) and text.strip()]
    return tuple(parse_card(text) for text in texts)


def parse_card(text: str) -> Card:
    """Read one vCard (2.1 to 4.0), however broken."""
    name, structured = "", ""
    phones: list[CardPhone] = []
    for line in FOLD.sub("", clean(text[:MAX_LENGTH])).splitlines():
        key, colon, value = line.partition(":")
        field = key.partition(";")[0].rpartition(".")[2].upper()
        value = value.strip()
        if not colon or not value:
            continue
        if field == "FN":
            name = name or _unescape(value)
        elif field == "N":
            structured = structured or " ".join(
                part for part in (_unescape(piece).strip() for piece in value.split(";")) if part
            )
        elif TEL.match(line) and len(phones) < MAX_PHONES:
            waid = WAID.search(key)
            phones.append(CardPhone(cut(value, 50), waid.group(1) if waid else ""))
    return Card(cut(name or structured), tuple(phones))


def _unescape(value: str) -> str:
    return value.replace("\\,", ",").replace("\\;", ";").replace("\\n", " ")
