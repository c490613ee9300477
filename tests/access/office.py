"""Two numbers, a and b, and everybody who might look at them."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import Guard, Role, SignIn, SignInKind, User
from accounts.permissions import Can
from accounts.roles import OWNER, auth_permissions
from attachments import services
from attachments.models import AttachmentType
from tests import factories
from tests.access import lines
from tests.access.canaries import Canaries, Reader
from tests.access.lines import Line
from waha import sharing
from waha.models import (
    ArchiveState,
    Level,
    RoleWaha,
    WahaArchiveMonth,
    WahaHold,
    WahaServer,
    WahaUpdate,
)

PASSWORD = "correct horse battery"
MANAGER_RIGHTS = frozenset({Can.VIEW_ALL_CUSTOMERS, Can.SEE_PRIVATE, Can.VIEW_USERS})
EVERY_RIGHT = MANAGER_RIGHTS | {Can.VIEW_NUMBERS, Can.VIEW_AUDIT, Can.VIEW_ERRORS}

# Name: (role, may open the admin, levels on the numbers, rights that open canaries).
# `admin` is staff without numbers, `robot` staff whose every role is of the API;
# `deactivated` and `ex_member` are signed in before they go.
PEOPLE: dict[str, tuple[str, bool, dict[str, Level], frozenset[str]]] = {
    "bare": ("", False, {}, frozenset()),
    "member_a": ("Agent", False, {"a": Level.REPLY}, frozenset()),
    "member_b": ("Agent", False, {"b": Level.REPLY}, frozenset()),
    "viewer": ("Viewer", True, {"a": Level.VIEW}, frozenset()),
    "manager": ("Manager", True, {"a": Level.MANAGE}, MANAGER_RIGHTS),
    "owner": ("Owner", True, {"a": Level.MANAGE}, EVERY_RIGHT),
    "admin": ("Admin", True, {}, EVERY_RIGHT),
    "superuser": ("", True, {}, EVERY_RIGHT),
    "robot": ("", True, {}, frozenset()),
    "deactivated": ("Agent", True, {}, frozenset()),
    "ex_member": ("Agent", True, {}, frozenset()),
}
ANONYMOUS = "anonymous"
ACTORS = [ANONYMOUS, *PEOPLE]


@dataclass(slots=True)
class Office:
    """Everything there is; `rows` are those that belong to no number, by model.

    `gone` holds the keys of what was there and is deleted.
    """

    canaries: Canaries
    lines: dict[str, Line]
    people: dict[str, User]
    rows: dict[str, Any]
    gone: dict[str, Any]
    browsers: dict[str, Client] = field(default_factory=dict)

    def browser(self, name: str) -> Client:
        """Somebody's browser, signed in long ago; an error in a view is an answer of 500."""
        if name not in self.browsers:
            client = Client(raise_request_exception=False)
            if name in self.people:
                client.force_login(self.people[name], backend="accounts.backends.RoleBackend")
            self.browsers[name] = client
        return self.browsers[name]

    def reader(self, name: str) -> Reader:
        """What somebody may read."""
        if name == ANONYMOUS:
            return Reader(name)
        _role, _staff, levels, rights = PEOPLE[name]
        return Reader(name, levels, rights)

    def level(self, name: str, letter: str) -> Level | None:
        """What somebody may do on a number."""
        return self.reader(name).levels.get(letter)


def build() -> Office:
    """Fill an empty database; everybody is signed in before anybody is sent away."""
    canaries = Canaries()
    server = factories.make_server(name="server")
    numbers = {letter: lines.draw(letter, canaries, server) for letter in "ab"}
    people = {name: _person(name, numbers) for name in PEOPLE}
    office = Office(
        canaries,
        numbers,
        people,
        _rows(server, factories.make_user(pk=840_000_002, name="Somebody")),
        _delete(numbers["a"]),
    )
    for name in ACTORS:
        office.browser(name)
    _send_away(people, numbers["a"])
    # The newest update that is settled is one of the second number.
    long_ago = timezone.now() - timedelta(minutes=5)
    WahaUpdate.objects.update(created_at=long_ago)
    for line in numbers.values():
        lines.tell(line)
    return office


def _person(name: str, numbers: dict[str, Line]) -> User:
    role, is_staff, levels, _rights = PEOPLE[name]
    user = factories.make_user(
        name=name.title(),
        email=f"{name}@example.com",
        password=PASSWORD,
        role=role,
        is_staff=is_staff,
        is_superuser=name == "superuser",
    )
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    if name == "viewer":
        _through_role(user, "Night shift", Guard.WEB, numbers["a"], "view_wahasession")
        return user
    if name == "member_a":
        # A role of another kind of sign-in: it counts for nothing in a browser.
        _through_role(user, "Robots", Guard.API, numbers["b"], "manage_wahasession")
    if name == "robot":
        owners = _through_role(user, "Owners", Guard.API, numbers["a"], "manage_wahasession")
        owners.group.permissions.set(auth_permissions(OWNER).values())
    if name in {"deactivated", "ex_member"}:
        levels = {"a": Level.REPLY}
    for letter, level in levels.items():
        factories.share(numbers[letter].session, user, level)
    if name == "owner":
        sharing.hand_over(session=numbers["a"].session, to=user, by=None)
    return user


def _through_role(user: User, name: str, guard: Guard, line: Line, codename: str) -> Role:
    role = Role(name=name, guard_name=guard)
    role.save()
    user.groups.add(role.group)
    permission = Permission.objects.get(content_type__app_label="waha", codename=codename)
    RoleWaha.objects.create(group=role.group, permission=permission, content_object=line.session)
    return role


def _delete(line: Line) -> dict[str, Any]:
    """A chat, a message, a file and a role of the number that were there: their keys."""
    chat = factories.make_chat(pk=840_000_004, session=line.session, chat_id="447700933003@c.us")
    message = factories.make_message(line.chat, "Gone", from_me=True)
    file = services.store([b"gone"], record=line.failed, by=None, max_bytes=9, name="gone.txt")
    role = factories.make_role("Nobody's")
    gone = {"chat": chat.pk, "message": message.pk, "file": file.uuid, "role": role.pk}
    services.remove(file, by=None)
    for row in (message, chat, role.group):
        row.delete()
    return gone


def _send_away(people: dict[str, User], line: Line) -> None:
    sharing.unshare(session=line.session, user=people["ex_member"], by=None)
    gone = people["deactivated"]
    gone.is_active = False
    gone.save(update_fields=["is_active"])


def _rows(server: WahaServer, somebody: User) -> dict[str, Any]:
    return {
        "wahaserver": server,
        "user": somebody,
        "role": factories.make_role("Night shift"),
        "wahaarchivemonth": WahaArchiveMonth.objects.create(
            month=lines.ARCHIVED.start, shard="default", state=ArchiveState.DROPPED
        ),
        "wahahold": WahaHold.objects.create(
            # A key of its own: the next one after the lines' would be that of a chat.
            contact=factories.make_contact(pk=840_000_003, name="Held"),
            reason="Case 1",
        ),
        "attachmenttype": AttachmentType.objects.create(name="Scans", extensions=["pdf"]),
        "signin": SignIn.objects.create(
            pk=840_000_001, user=somebody, kind=SignInKind.SUCCESS, method="password"
        ),
        "authenticator": Authenticator.objects.create(
            user=somebody, type=Authenticator.Type.TOTP, data={"secret": "not shown"}
        ),
    }
