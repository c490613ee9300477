"""Customers of the number that the personas share, and of a number nobody of them sees."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from accounts.permissions import Can
from crm.models import Company, Contact
from tests.factories import make_chat, make_company, make_contact
from waha.models import WahaChat, WahaSession

KEEPING = (
    Can.ADD_CONTACTS, Can.CHANGE_CONTACTS, Can.ADD_COMPANIES, Can.CHANGE_COMPANIES,
    Can.ADD_INSTRUCTORS, Can.CHANGE_INSTRUCTORS,
)  # fmt: skip


def allow(user: User, *permissions: Can) -> User:
    """Give somebody permissions; returns them as the next request will read them."""
    for each in permissions:
        app, codename = each.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    return User.objects.get_queryset().get(pk=user.pk)


@pytest.fixture(autouse=True)
def files_folder(var_dir: Path) -> Path:
    return var_dir / "files"


@pytest.fixture
def acme(db: None) -> Company:
    return make_company(name="Acme")


@pytest.fixture
def carla(number: WahaSession, chat: WahaChat, acme: Company) -> Contact:
    """The contact of the chat on the shared number."""
    contact = make_contact(name="Carla Weiss", phone="+447700900123", company=acme)
    chat.contact = contact
    chat.save(update_fields=["contact"])
    return contact


@pytest.fixture
def foreign(db: None) -> Contact:
    """A contact of a number that none of the personas sees."""
    contact = make_contact(name="Foreign Frida", company=make_company(name="Foreign Ltd"))
    make_chat(contact=contact)
    return contact


@pytest.fixture
def sign_in(users: dict[str, User]) -> Callable[..., Client]:
    """`sign_in("olga")`: a browser of somebody who keeps contacts; others as they are."""

    def enter(name: str, *permissions: Can) -> Client:
        user = allow(users[name], *(permissions or KEEPING))
        client = Client()
        client.force_login(user, backend="accounts.backends.RoleBackend")
        return client

    return enter
