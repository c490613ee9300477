"""What the demo's staff wrote down and filed: notes, documents, instructors, one duplicate."""

import random

from accounts.models import User
from attachments import services
from attachments.models import AttachmentType
from crm.models import Company, Contact, ContactIdentity, IdentityKind, Instructor, Note, Record
from mercury.ops.seeding import factories
from waha.gateway.simulator import media

LARGEST = 10 * 1024 * 1024
TYPES = (
    ("Certificate", "What an instructor or participant has passed.", ["pdf", "jpg", "jpeg", "png"]),
    ("Contract", "Signed papers.", ["pdf", "docx"]),
    ("Picture", "Photos of sites and people.", ["jpg", "jpeg", "png", "webp"]),
)
NOTES = (
    "Prefers to be called *before noon*. Decides together with the works council.",
    "Wants the offer for *12 people* in one mail, with the travel costs apart.",
    "Paid the last invoice within a week. No dunning, please.",
)
INSTRUCTORS = (
    ("Ingrid Solberg", "First aid, fire safety", "ingrid@example.com", "+4790000101"),
    ("Tom Baker", "Forklift licence, load securing", "tom@example.com", "+447700900401"),
    ("Yasmin El-Sayed", "Leadership in practice, English B2", "yasmin@example.com", ""),
)
FILES = (("document", "Framework agreement"), ("document", "Offer"), ("image", "Training room"))
NOTED = 6
PRIVATE_EMAIL = "home@example.com"


def file_records(rng: random.Random, staff: dict[str, User], contacts: dict[str, Contact]) -> int:
    """Write notes and files on some records; returns how many. A second run adds none."""
    if Note.objects.exists() or not staff or not contacts:
        return 0
    writers = list(staff.values())
    kinds = {name: _kind(name, words, extensions) for name, words, extensions in TYPES}
    made = 0
    for index, contact in enumerate(list(contacts.values())[:NOTED]):
        records: list[Record] = [contact]
        if contact.company is not None:
            records.append(contact.company)
        for place, record in enumerate(records):
            by = writers[(index + place) % len(writers)]
            factories.make_note(record, NOTES[(index + place) % len(NOTES)], by=by)
            made += 1
        for kind, words in FILES[: 1 + index % len(FILES)]:
            _file(
                rng,
                records[-1],
                kind,
                words,
                kinds["Contract" if kind == "document" else "Picture"],
            )
            made += 1
    for name, subjects, email, phone in INSTRUCTORS:
        instructor = Instructor.objects.create(
            name=name, subjects=subjects, email=email, phone=phone, created_by=writers[0]
        )
        _file(rng, instructor, "document", "Certificate", kinds["Certificate"])
        made += 1
    first = next(iter(contacts.values()))
    factories.make_contact(name=first.name, created_by=writers[0])
    home = ContactIdentity(contact=first, kind=IdentityKind.EMAIL)
    home.hold(PRIVATE_EMAIL, private=True).save()
    Company.objects.filter(name=first.company.name if first.company else "").update(
        website="https://www.example.com/"
    )
    return made


def _kind(name: str, description: str, extensions: list[str]) -> AttachmentType:
    kind, _new = AttachmentType.objects.get_or_create(
        name=name, defaults={"description": description, "extensions": extensions}
    )
    return kind


def _file(
    rng: random.Random, record: Record, kind: str, words: str, file_type: AttachmentType
) -> None:
    made = media.make(kind, rng, words)
    services.store(
        [made.data],
        record=record,
        name=f"{words}.{'pdf' if kind == 'document' else 'jpg'}",
        by=record.created_by,
        max_bytes=LARGEST,
        type=file_type,
    )
