"""What people may be allowed to do: each permission by name, with its topic and its words.

A permission is Django's own `app.codename`, so `user.has_perm(Can.VIEW_ALL_CUSTOMERS)`, the
admin and django-guardian all mean the same row. What somebody may do with one number is no
permission of theirs but a share of that number (`waha.sharing`).
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Can(StrEnum):
    """Every permission of the catalogue."""

    SEE_PHONES = "accounts.see_phones"
    VIEW_ALL_CUSTOMERS = "crm.view_all"
    VIEW_CONTACTS = "crm.view_contact"
    ADD_CONTACTS = "crm.add_contact"
    CHANGE_CONTACTS = "crm.change_contact"
    VIEW_COMPANIES = "crm.view_company"
    ADD_COMPANIES = "crm.add_company"
    CHANGE_COMPANIES = "crm.change_company"

    ADD_NUMBERS = "waha.add_wahasession"
    VIEW_NUMBERS = "waha.view_wahasession"
    CHANGE_NUMBERS = "waha.change_wahasession"
    VIEW_SERVERS = "waha.view_wahaserver"
    ADD_SERVERS = "waha.add_wahaserver"
    CHANGE_SERVERS = "waha.change_wahaserver"
    VIEW_EVENTS = "waha.view_wahaevent"
    VIEW_OUTBOX = "waha.view_wahaoutbox"

    VIEW_FILE_KINDS = "attachments.view_attachmenttype"
    ADD_FILE_KINDS = "attachments.add_attachmenttype"
    CHANGE_FILE_KINDS = "attachments.change_attachmenttype"

    VIEW_USERS = "accounts.view_user"
    ADD_USERS = "accounts.add_user"
    CHANGE_USERS = "accounts.change_user"
    VIEW_ROLES = "accounts.view_role"
    ADD_ROLES = "accounts.add_role"
    CHANGE_ROLES = "accounts.change_role"
    DELETE_ROLES = "accounts.delete_role"

    VIEW_AUDIT = "audit.view_auditlog"
    VIEW_ERRORS = "audit.view_errorlog"


@dataclass(frozen=True, slots=True)
class Topic:
    """A group of permissions, in the order people read them."""

    name: str
    words: dict[Can, str | Promise]


TOPICS = (
    Topic(
        "Customers",
        {
            Can.SEE_PHONES: _("See phone numbers in full, not only their last digits"),
            Can.VIEW_ALL_CUSTOMERS: _("See every company and contact, also without a shared chat"),
            Can.VIEW_CONTACTS: _("See contacts in the administration"),
            Can.ADD_CONTACTS: _("Add contacts"),
            Can.CHANGE_CONTACTS: _("Change and archive contacts"),
            Can.VIEW_COMPANIES: _("See companies in the administration"),
            Can.ADD_COMPANIES: _("Add companies"),
            Can.CHANGE_COMPANIES: _("Change and archive companies"),
        },
    ),
    Topic(
        "Numbers",
        {
            Can.ADD_NUMBERS: _("Connect a new number"),
            Can.VIEW_NUMBERS: _("See the settings of every number, not its chats"),
            Can.CHANGE_NUMBERS: _("Change and share every number"),
            Can.VIEW_SERVERS: _("See WAHA servers"),
            Can.ADD_SERVERS: _("Add WAHA servers"),
            Can.CHANGE_SERVERS: _("Change WAHA servers and their keys"),
            Can.VIEW_EVENTS: _("See the event journal of one's numbers"),
            Can.VIEW_OUTBOX: _("See messages on their way on one's numbers"),
        },
    ),
    Topic(
        "Files",
        {
            Can.VIEW_FILE_KINDS: _("See which kinds of files are allowed"),
            Can.ADD_FILE_KINDS: _("Allow a new kind of file"),
            Can.CHANGE_FILE_KINDS: _("Change what a kind of file may be"),
        },
    ),
    Topic(
        "People",
        {
            Can.VIEW_USERS: _("See users"),
            Can.ADD_USERS: _("Add users"),
            Can.CHANGE_USERS: _("Change and deactivate users and give them roles"),
            Can.VIEW_ROLES: _("See roles"),
            Can.ADD_ROLES: _("Add roles"),
            Can.CHANGE_ROLES: _("Change what a role may do"),
            Can.DELETE_ROLES: _("Delete roles that nobody has"),
        },
    ),
    Topic(
        "Oversight",
        {
            Can.VIEW_AUDIT: _("Read the audit log"),
            Can.VIEW_ERRORS: _("Read the error log"),
        },
    ),
)
