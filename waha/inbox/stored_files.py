"""Files of our records that may be sent in a chat, as far as a user may see them."""

import uuid
from dataclasses import dataclass

from django.db.models import Model

from accounts.models import User
from attachments.models import Attachment
from crm.models import Company, Contact, Instructor
from mercury.ui import phones
from waha.models import WahaChat, WahaMessage
from waha.outbound.stored_files import send_stored

MOST_FILES = 60
MOST_INSTRUCTORS = 5
MOST_FOUND = 30
MOST_AT_ONCE = 10
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Source:
    """A record near the chat, and its newest files; `icon` says what it is."""

    name: str
    icon: str
    files: list[Attachment]


def sources(user: User, chat: WahaChat) -> list[Source]:
    """Files of the contact, their company and the instructors they are; 1 query each and 3."""
    contact = Contact.objects.visible_to(user).filter(pk=chat.contact_id or 0).first()
    if contact is None:
        return []
    near: list[tuple[str, Model]] = [("user", contact)]
    company = Company.objects.visible_to(user).alive().filter(pk=contact.company_id or 0).first()
    if company is not None:
        near.append(("building", company))
    teachers = Instructor.objects.visible_to(user).alive().filter(contact=contact)
    near += [("school", teacher) for teacher in teachers[:MOST_INSTRUCTORS]]
    found = [Source(phones.name(str(each)), icon, _files(user, each)) for icon, each in near]
    return [source for source in found if source.files]


def find(user: User, words: str) -> list[Attachment]:
    """Files of any record whose name holds `words`, the newest first; 1 query."""
    words = words.strip()[:LONGEST_SEARCH]
    if not words or not phones.may_ask(words):
        return []
    rows = Attachment.objects.visible_to(user).filter(display_name__icontains=words)
    return list(rows.order_by("-pk")[:MOST_FOUND])


def chosen(user: User, named: list[str]) -> list[Attachment]:
    """The files that a form names, in its order, as far as `user` may see them."""
    wanted = list(dict.fromkeys(each for each in map(_uuid, named[:100]) if each))
    known = {
        each.uuid: each for each in Attachment.objects.visible_to(user).filter(uuid__in=wanted)
    }
    return [known[each] for each in wanted if each in known]


def send(
    *, chat: WahaChat, files: list[Attachment], by: User, client_token: str, text: str
) -> list[WahaMessage]:
    """Queue these files, the first with the text as its caption.

    Each has a token of its own made from the form's, as uploads have. Raises MessageRefused.
    """
    return [
        send_stored(
            chat=chat,
            attachment=file,
            by=by,
            client_token=client_token if index == 0 else f"{client_token}:{index}",
            caption=text if index == 0 else "",
        )
        for index, file in enumerate(files)
    ]


def _files(user: User, record: Model) -> list[Attachment]:
    rows = Attachment.objects.visible_to(user) & Attachment.objects.of(record)
    return list(rows.order_by("-pk")[:MOST_FILES])


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
