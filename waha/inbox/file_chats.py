"""The chats in which a stored file may be sent, for whoever begins at the file."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q

from accounts.models import User
from attachments import panels, visibility
from attachments.models import Attachment
from crm.models import Company, Contact, Instructor
from waha.inbox import chat_lists, names, numbers
from waha.inbox.chat_lists import Row
from waha.inbox.filters import Filters
from waha.inbox.numbers import Number
from waha.models import ChatKind, Level, SessionStatus, WahaChat, WahaSession
from waha.models.sharing import session_ids
from waha.outbound import outbox

MOST_NEAR = 6
OPEN_KINDS = (ChatKind.DIRECT, ChatKind.GROUP)


def near(user: User, file: Attachment) -> list[Row]:
    """Chats with whoever the file belongs to, the newest first; 3 queries, none for others."""
    people = _people(file.record)
    open_numbers = _open(user)
    if people is None or not open_numbers:
        return []
    chats = WahaChat.objects.visible_to(user, Level.REPLY).filter(people, kind__in=OPEN_KINDS)
    chats = chats.filter(session_id__in=[number.pk for number in open_numbers])
    newest = chats.order_by("-last_message_at", "-pk").values_list("pk", flat=True)[:MOST_NEAR]
    rows = chat_lists.some(user, Filters(tab="all"), open_numbers, list(newest)).rows
    return sorted(rows, key=lambda row: row.order, reverse=True)


def find(user: User, words: str) -> list[Row]:
    """Chats that go by these words, or the newest; at most a page of the list. 2 queries."""
    page = chat_lists.page(user, Filters(q=words), _open(user))
    return [row for row in page.rows if row.kind in OPEN_KINDS]


def name_of(chat: WahaChat) -> str:
    """What a chat is called."""
    contact = chat.contact.name if chat.contact else ""
    return names.chat_name(chat.chat_id, chat.kind, chat.name, contact)


def page_of(file: Attachment) -> str:
    """Where the file is shown: its record's page, for kinds that have one; else the file."""
    label = ContentType.objects.get_for_id(file.model_type_id).model_class()
    if label is None or not visibility.takes_files(label._meta.label_lower) or file.record is None:
        return file.get_absolute_url()
    return panels.page_of(file.record)


def _open(user: User) -> list[Number]:
    """The numbers on which `user` can write now."""
    mine = set(session_ids(user, Level.REPLY))
    read = numbers.read(user, counted=False).all
    return [each for each in read if each.pk in mine and not _closed(each)]


def _closed(number: Number) -> str:
    return outbox.closed_reason(WahaSession(status=SessionStatus(number.state)))


def _people(record: Model | None) -> Q | None:
    """Which chats are with the people of a record."""
    if isinstance(record, Contact):
        return Q(contact=record)
    if isinstance(record, Company):
        return Q(contact__company=record)
    if isinstance(record, Instructor) and record.contact_id:
        return Q(contact_id=record.contact_id)
    return None
