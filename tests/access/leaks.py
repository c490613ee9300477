"""Leaks to plant: one rule of the product dropped at a time, by name and replacement.

Each drops a rule that nothing else stands behind: where a second one does (the thread reads
messages of its chat *and* of visible numbers), dropping one alone shows nothing to anybody.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from accounts.models import Guard
from attachments import visibility as file_visibility
from attachments.models import Attachment, AttachmentQuerySet
from audit.admin import AuditLogAdmin, ErrorLogAdmin
from crm import visibility as customer_visibility
from crm.admin import ScopedAdmin
from crm.models import CompanyQuerySet, Contact, ContactQuerySet, InstructorQuerySet
from waha.admin import WahaEventAdmin, WahaOutboxAdmin, WahaSessionAdmin
from waha.inbox import bubbles, events, exports, history, people
from waha.models import (
    Level,
    UserWaha,
    WahaEvent,
    WahaMessage,
    WahaMessageArchive,
    WahaOutbox,
    WahaSession,
    sharing,
)
from waha.models.call import WahaCallQuerySet
from waha.models.chat import WahaChatQuerySet
from waha.models.label import WahaLabelQuerySet
from waha.models.session import WahaSessionQuerySet
from waha.numbers import scope


@dataclass(frozen=True, slots=True)
class Leak:
    """A rule to drop: `owner.attribute` becomes `instead`.

    `reach` says which addresses are affected: those that read a table, those under a path, or
    those that end so (`*/export/`).
    """

    name: str
    owner: Any
    attribute: str
    instead: Any
    reach: str

    def reaches(self, url: str, tables: set[str]) -> bool:
        """Whether an address may answer otherwise now."""
        if self.reach[0] == "*":
            return url.endswith(self.reach[1:])
        return url.startswith(self.reach) if self.reach[0] == "/" else self.reach in tables

    def plant(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Replace it, also where other modules of ours imported the function itself."""
        if isinstance(self.owner, dict | list):
            monkeypatch.setitem(self.owner, self.attribute, self.instead)  # type: ignore[arg-type]
            return
        original = getattr(self.owner, self.attribute)
        monkeypatch.setattr(self.owner, self.attribute, self.instead)
        for module in list(sys.modules.values()):
            ours = getattr(module, "__name__", "").split(".")[0] in {"waha", "crm", "attachments"}
            if ours and getattr(module, self.attribute, None) is original:
                monkeypatch.setattr(module, self.attribute, self.instead)


def everything(queryset: Any, user: Any, *rest: Any) -> Any:
    """`visible_to` without its clause."""
    return queryset.all()


def any_row(*_: Any) -> Q:
    """A clause that lets everything through."""
    return Q(pk__isnull=False)


def yes(*_: Any, **__: Any) -> bool:
    return True


def rows_of(model: Any) -> Callable[..., Any]:
    """An admin's list without its scope."""
    return lambda admin, request: model._default_manager.all()


def everybodys_grants(user: Any) -> Any:
    """Grants without `user=`."""
    rows = UserWaha.objects.filter(permission__codename__in=list(sharing.CODENAMES))
    return rows.values_list("content_object_id", "permission__codename")


def grants_of_every_guard(user: Any) -> Any:
    """Grants by role without asking for which kind of sign-in the role counts."""
    user.current_guard = Guard.API
    by_api = list(GRANTS(user))
    user.current_guard = Guard.WEB
    return [*GRANTS(user), *by_api]


def numbers_of_everybody(user: Any) -> list[tuple[int, int]]:
    return [(pk, Level.MANAGE.value) for pk in WahaSession.objects.values_list("pk", flat=True)]


def contact_phone(user: Any, contact_id: int) -> str:
    values = Contact.objects.filter(pk=contact_id, identities__kind="phone")
    return values.values_list("identities__value", flat=True).first() or ""


def every_contact(user: Any, most: int) -> list[int]:
    return list(Contact.objects.values_list("pk", flat=True))


def every_message(user: Any, chat: Any) -> Any:
    return bubbles.with_columns(WahaMessage.objects.all()).select_related("sent_by")


def every_archived_message(user: Any, chat: Any, months: Any) -> Any:
    return bubbles.with_columns(WahaMessageArchive.objects.all())


def files_of_every_chat(files: Any, pks: Iterable[int]) -> None:
    """Files that are put into an export without asking whose they are."""
    kind = ContentType.objects.get_for_model(WahaMessage)
    for file in Attachment.objects.filter(model_type=kind):
        files.names[file.model_id] = f"files/{file.pk} {file.display_name}"
        files.stored.append((files.names[file.model_id], file.path))


def every_line(user: Any, chat: Any, wanted: Any) -> Iterator[tuple[list[Any], list[Any]]]:
    """Messages of an export without the chat they belong to."""
    yield list(bubbles.with_columns(WahaMessage.objects.all()).select_related("sent_by")), []


GRANTS = sharing.grants


LEAKS = [
    Leak("numbers", WahaSessionQuerySet, "visible_to", everything, "waha_sessions"),
    Leak("chats", WahaChatQuerySet, "visible_to", everything, "waha_chats"),
    Leak("labels", WahaLabelQuerySet, "visible_to", everything, "waha_labels"),
    Leak("calls", WahaCallQuerySet, "visible_to", everything, "waha_calls"),
    Leak("contacts", ContactQuerySet, "visible_to", everything, "contacts"),
    Leak("companies", CompanyQuerySet, "visible_to", everything, "companies"),
    Leak("files", AttachmentQuerySet, "visible_to", everything, "attachments"),
    Leak("clause of files", file_visibility._clauses, "waha.wahamessage", any_row, "attachments"),
    Leak("files in general", file_visibility, "clause", any_row, "attachments"),
    Leak("clause of contacts", customer_visibility, "contacts", any_row, "contacts"),
    Leak("few contacts", customer_visibility, "few_contacts", every_contact, "contacts"),
    Leak("who sees all customers", customer_visibility, "sees_all", yes, "contacts"),
    Leak("instructors", InstructorQuerySet, "visible_to", everything, "instructors"),
    Leak("files of contacts", file_visibility._clauses, "crm.contact", any_row, "attachments"),
    Leak("the user of a grant", sharing, "grants", everybodys_grants, "user_waha"),
    Leak("the guard of a role", sharing, "grants", grants_of_every_guard, "role_waha"),
    Leak("grants at all", sharing, "_read", numbers_of_everybody, "waha_sessions"),
    Leak("updates of others", events, "_is_for", yes, "waha_updates"),
    Leak("messages of a thread", history, "hot", every_message, "waha_messages"),
    Leak("archived messages of a thread", history, "_archived", every_archived_message,
         "waha_messages_archive"),
    Leak("text of an export", exports, "_pages", every_line, "*/export/"),
    Leak("files of an export", exports._Files, "add", files_of_every_chat, "*/export/"),
    Leak("the phone of a contact", people, "phone_of_contact", contact_phone, "contacts"),
    Leak("managing a number", scope, "managed", scope.visible, "waha_sessions"),
    Leak("journal", WahaEventAdmin, "get_queryset", rows_of(WahaEvent), "waha_events"),
    Leak("outbox", WahaOutboxAdmin, "get_queryset", rows_of(WahaOutbox), "waha_outbox"),
    Leak("customers", ScopedAdmin, "get_queryset",
         lambda admin, request: admin.model._default_manager.order_by("pk"), "contacts"),
    Leak("settings of numbers", WahaSessionAdmin, "has_view_permission", yes,
         "/admin/waha/wahasession/"),
    Leak("audit log", AuditLogAdmin, "has_view_permission", yes, "/admin/audit/"),
    Leak("error log", ErrorLogAdmin, "has_view_permission", yes, "/admin/audit/"),
]  # fmt: skip
