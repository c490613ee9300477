"""The five roles that are seeded, each a list of permissions, and how they are seeded."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import Permission as AuthPermission
from django.db import transaction
from django.utils import translation
from django.utils.functional import Promise

from accounts import access
from accounts.models import Guard, Permission, Role
from accounts.permissions import ON_NUMBER, ONE_NUMBER, TOPICS, Can, OnNumber

VIEWER = [Can.SEE_PHONES, Can.VIEW_CONTACTS, Can.VIEW_COMPANIES, Can.VIEW_INSTRUCTORS]

AGENT = [
    *VIEWER,
    Can.ADD_CONTACTS,
    Can.CHANGE_CONTACTS,
    Can.ADD_COMPANIES,
    Can.CHANGE_COMPANIES,
    Can.ADD_INSTRUCTORS,
    Can.CHANGE_INSTRUCTORS,
    Can.MANAGE_LEADS,
    Can.ASSIGN_CHATS,
]

MANAGER = [
    *AGENT,
    Can.VIEW_ALL_CUSTOMERS,
    Can.SEE_PRIVATE,
    Can.EXPORT_CHATS,
    Can.ADD_NUMBERS,
    Can.VIEW_EVENTS,
    Can.VIEW_OUTBOX,
    Can.VIEW_FILE_KINDS,
    Can.VIEW_USERS,
    Can.VIEW_ROLES,
]

ADMIN = [
    *MANAGER,
    Can.VIEW_NUMBERS,
    Can.CHANGE_NUMBERS,
    Can.VIEW_SERVERS,
    Can.ADD_FILE_KINDS,
    Can.CHANGE_FILE_KINDS,
    Can.ADD_USERS,
    Can.CHANGE_USERS,
    Can.VIEW_AUDIT,
    Can.VIEW_ERRORS,
    Can.VIEW_SIGN_INS,
    Can.VIEW_OPS,
]

# Roles themselves and the keys of WAHA servers stay with the owner.
OWNER = list(Can)


@dataclass(frozen=True, slots=True)
class SeededRole:
    """A role every installation starts with."""

    name: str
    description: str
    permissions: list[Can]


SEEDED = (
    SeededRole("Owner", "Everything, also roles and WAHA servers.", OWNER),
    SeededRole("Admin", "People, numbers and who sees them; reads the logs.", ADMIN),
    SeededRole("Manager", "Connects numbers, shares their own and sees all customers.", MANAGER),
    SeededRole("Agent", "Works the numbers shared with them and keeps contacts.", AGENT),
    SeededRole("Viewer", "Looks on, where a number is shared with them.", VIEWER),
)


class CatalogueIncomplete(RuntimeError):
    """A permission of the catalogue has no row in the database."""


@transaction.atomic
def seed_permissions() -> list[str]:
    """Write the catalogue of permissions that people read; returns the names of the new ones.

    Raises CatalogueIncomplete when Django's own rows are missing (before `migrate`).
    """
    rows = auth_permissions([*Can, *OnNumber])
    told: list[tuple[str, tuple[Can | OnNumber, str | Promise]]]
    told = [(topic.name, each) for topic in TOPICS for each in topic.words.items()]
    told += [(ONE_NUMBER, each) for each in ON_NUMBER.items()]
    added = []
    with translation.override("en"):
        for topic_name, (can, words) in told:
            _row, is_new = Permission.objects.update_or_create(
                permission=rows[can],
                defaults={
                    "name": can.value,
                    "topic": topic_name,
                    "description": str(words),
                    "guard_name": Guard.WEB,
                },
            )
            if is_new:
                added.append(can.value)
    return added


@transaction.atomic
def seed_roles() -> int:
    """Make the five roles where they are missing; returns how many were.

    A role that exists keeps what people made of it. Only a permission that this version brings is
    given to the roles that list it: else nobody held it, and so nobody could give it to anybody.
    """
    new = set(seed_permissions())
    added = 0
    for seeded in SEEDED:
        if role := Role.objects.filter(name=seeded.name, guard_name=Guard.WEB).first():
            _give(role, [can for can in seeded.permissions if can.value in new])
            continue
        role = Role(name=seeded.name, guard_name=Guard.WEB, description=seeded.description)
        role.save()
        role.group.permissions.set(auth_permissions(seeded.permissions).values())
        added += 1
    return added


def _give(role: Role, permissions: list[Can]) -> None:
    if permissions:
        role.group.permissions.add(*auth_permissions(permissions).values())
        access.raise_version_of_role(role)


def auth_permissions(wanted: Iterable[Can | OnNumber]) -> dict[Can | OnNumber, AuthPermission]:
    """Django's rows of these permissions. Raises CatalogueIncomplete when one is missing."""
    codes = {tuple(can.split(".", 1)): can for can in wanted}
    found = {
        codes[key]: row
        for row in AuthPermission.objects.select_related("content_type").filter(
            codename__in=[codename for _app, codename in codes]
        )
        if (key := (row.content_type.app_label, row.codename)) in codes
    }
    missing = sorted(can for can in codes.values() if can not in found)
    if missing:
        raise CatalogueIncomplete(
            f"The database lacks the permissions {', '.join(missing)}. "
            "Run `python manage.py migrate` first."
        )
    return found
