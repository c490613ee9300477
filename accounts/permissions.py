"""What people may be allowed to do: each permission by name, with its topic and its words.

A permission is Django's own `app.codename`, so `user.has_perm(Can.VIEW_ALL_CUSTOMERS)`, the
admin and django-guardian all mean the same row. Viewing, replying on and managing one number
are permissions too, but given number by number, by sharing it (`waha.sharing`).
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
    VIEW_INSTRUCTORS = "crm.view_instructor"
    ADD_INSTRUCTORS = "crm.add_instructor"
    CHANGE_INSTRUCTORS = "crm.change_instructor"
    SEE_PRIVATE = "crm.see_private"
    MANAGE_LEADS = "crm.manage_leads"

    ASSIGN_CHATS = "waha.assign_wahachat"
    EXPORT_CHATS = "waha.export_wahachat"

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
    VIEW_SIGN_INS = "accounts.view_signin"
    VIEW_OPS = "audit.view_ops"


class OnNumber(StrEnum):
    """What a share of one number allows; viewing one is VIEW_NUMBERS given for that number."""

    REPLY = "waha.reply_wahasession"
    MANAGE = "waha.manage_wahasession"


@dataclass(frozen=True, slots=True)
class Topic:
    """A group of permissions, in the order people read them."""

    name: str
    title: str | Promise
    words: dict[Can, str | Promise]


ONE_NUMBER = "One number"
ON_NUMBER: dict[OnNumber, str | Promise] = {
    OnNumber.REPLY: _("Answer customers on a number that is shared"),
    OnNumber.MANAGE: _("Connect a number that is shared, and share it with others"),
}

TOPICS = (
    Topic(
        "Chats",
        _("Chats"),
        {
            Can.ASSIGN_CHATS: _("Assign chats to colleagues"),
            Can.EXPORT_CHATS: _("Export chats and their files"),
        },
    ),
    Topic(
        "Customers",
        _("Customers"),
        {
            Can.SEE_PHONES: _("See phone numbers in full, not only their last digits"),
            Can.VIEW_ALL_CUSTOMERS: _(
                "See every company, contact and instructor, also without a shared chat"
            ),
            Can.VIEW_CONTACTS: _("See contacts in the administration"),
            Can.ADD_CONTACTS: _("Add contacts"),
            Can.CHANGE_CONTACTS: _("Change and archive contacts"),
            Can.VIEW_COMPANIES: _("See companies in the administration"),
            Can.ADD_COMPANIES: _("Add companies"),
            Can.CHANGE_COMPANIES: _("Change and archive companies"),
            Can.VIEW_INSTRUCTORS: _("See instructors in the administration"),
            Can.ADD_INSTRUCTORS: _("Add instructors"),
            Can.CHANGE_INSTRUCTORS: _("Change and archive instructors"),
            Can.SEE_PRIVATE: _("See addresses of contacts that are marked private, and mark some"),
            Can.MANAGE_LEADS: _("Work leads"),
        },
    ),
    Topic(
        "Numbers",
        _("Numbers"),
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
        _("Files"),
        {
            Can.VIEW_FILE_KINDS: _("See which kinds of files are allowed"),
            Can.ADD_FILE_KINDS: _("Allow a new kind of file"),
            Can.CHANGE_FILE_KINDS: _("Change what a kind of file may be"),
        },
    ),
    Topic(
        "People",
        _("People"),
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
        _("Oversight"),
        {
            Can.VIEW_AUDIT: _("Read the audit log"),
            Can.VIEW_ERRORS: _("Read the error log"),
            Can.VIEW_SIGN_INS: _("See who signed in and who was refused"),
            Can.VIEW_OPS: _("See how the installation runs"),
        },
    ),
)

# Roles hold them already, so that nobody has to go round when their pages come; until then
# nothing asks for them, and the grid of a role says so.
NOT_YET = frozenset({Can.ASSIGN_CHATS, Can.MANAGE_LEADS})
