"""Files of our records that may be sent in a chat, as far as a user may see them."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet

from accounts.models import User
from attachments import visibility
from attachments.models import Attachment
from crm.models import Company, Contact, Instructor
from mercury.ui import phones
from waha.inbox.filters import LONGEST_SEARCH
from waha.inbox.finding.rows import Named
from waha.models import WahaChat, WahaMessage
from waha.outbound.stored_files import send_stored
from waha.search.query import Query

MOST_FILES = 60
MOST_INSTRUCTORS = 5
MOST_FOUND = 30
MOST_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Source:
    """A record near the chat, and its newest files; `icon` says what it is."""

    name: str
    icon: str
    files: list[Attachment]


def sources(user: User, chat: WahaChat, besides: Collection[Attachment] = ()) -> list[Source]:
    """Files of the contact, their company and the instructors they are; 1 query each and 3.

    Those in `besides` are left out: the page shows them already.
    """
    contact = Contact.objects.visible_to(user).filter(pk=chat.contact_id or 0).first()
    if contact is None:
        return []
    near: list[tuple[str, Model]] = [("user", contact)]
    company = Company.objects.visible_to(user).alive().filter(pk=contact.company_id or 0).first()
    if company is not None:
        near.append(("building", company))
    teachers = Instructor.objects.visible_to(user).alive().filter(contact=contact)
    near += [("school", teacher) for teacher in teachers[:MOST_INSTRUCTORS]]
    shown = {file.pk for file in besides}
    found = [
        Source(
            phones.name(str(each)),
            icon,
            [file for file in _files(user, each) if file.pk not in shown],
        )
        for icon, each in near
    ]
    return [source for source in found if source.files]


def named(user: User, words: Named) -> QuerySet[Attachment]:
    """Files of any record whose name holds the words, the newest first.

    Files of messages are not among them: those are found by the words of their messages.
    """
    kinds = [apps.get_model(label) for label in visibility.kinds_with_files()]
    types = ContentType.objects.get_for_models(*kinds).values()
    rows = Attachment.objects.visible_to(user).filter(
        words.q("display_name"), model_type__in=[each.pk for each in types]
    )
    return rows.order_by("-created_at", "-pk")


def find(user: User, text: str) -> list[Attachment]:
    """The newest files of any record that go by a name; 1 query, none for no words."""
    words = Named.of(Query(typed=(text[:LONGEST_SEARCH],)))
    return list(named(user, words)[:MOST_FOUND]) if words else []


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
