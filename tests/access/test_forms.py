"""Mass assignment: every form gets every column of every model, and takes its own alone."""

import uuid
from typing import Any

import pytest
from django.apps import apps
from django.forms.models import model_to_dict
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import make_chat, make_server, make_session, make_user, share
from waha.models import Level, MessageStatus, WahaMessage, WahaSession

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def everything(stranger: User, number: WahaSession) -> dict[str, Any]:
    """A value for each column of each of our models, and the names that attackers try."""
    ours = {"accounts", "audit", "attachments", "crm", "waha"}
    names = {
        name
        for model in apps.get_models()
        if model._meta.app_label in ours
        for field in model._meta.concrete_fields
        for name in (field.name, field.attname)
    }
    tried = dict.fromkeys(sorted(names), "1")
    people = dict.fromkeys(
        ["user", "user_id", "owner", "created_by", "sent_by", "sent_by_id", "uploaded_by", "by"],
        str(stranger.pk),
    )
    numbers = dict.fromkeys(["session", "session_id", "number"], str(number.pk))
    flags = dict.fromkeys(["is_staff", "is_superuser", "is_active", "from_me"], "on")
    return tried | people | numbers | flags | {"status": "read", "email": "new@example.com"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.RoleBackend")
    return client


def columns(row: Any) -> dict[str, Any]:
    """The row as it is in the database."""
    fresh = type(row)._default_manager.get(pk=row.pk)
    return {field.attname: getattr(fresh, field.attname) for field in row._meta.concrete_fields}


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    times = {"updated_at", "last_login"}
    return {name for name in before if before[name] != after[name]} - times


@pytest.fixture
def stranger() -> User:
    return make_user()


@pytest.fixture
def foreign(stranger: User) -> WahaSession:
    return make_session(owner=stranger)


def test_profile_changes_what_it_shows(stranger: User, foreign: WahaSession) -> None:
    user = make_user(role="Agent")
    before = columns(user)
    own = {"name": "New name", "locale": "de", "time_zone": "Europe/Berlin", "phone": ""}

    response = signed_in(user).post(
        reverse("accounts:profile"), everything(stranger, foreign) | own
    )

    assert response.status_code == 302
    assert changed(before, columns(user)) == {"name", "locale", "time_zone"}


def test_message_is_of_the_chat_and_of_who_writes(stranger: User, foreign: WahaSession) -> None:
    user, chat = make_user(), make_chat()
    share(chat.session, user, Level.REPLY)
    own = {"text": "Hello", "client_token": str(uuid.uuid4()), "reply_to": ""}

    response = signed_in(user).post(
        reverse("inbox:message-send", args=[chat.pk]), everything(stranger, foreign) | own
    )

    assert response.status_code == 302
    message = WahaMessage.objects.get()
    assert (message.session_id, message.chat_id, message.sent_by_id) == (
        chat.session_id, chat.pk, user.pk,
    )  # fmt: skip
    assert (message.content, message.status, message.from_me) == (
        "Hello", MessageStatus.PENDING, True,
    )  # fmt: skip
    assert (message.pk != 1, message.edited_at, message.message_id) == (True, None, "")


def test_number_is_owned_by_who_connects_it(stranger: User, foreign: WahaSession) -> None:
    make_server()
    user = make_user(role="Manager")
    own = {"name": "sales", "title": "Sales"}

    signed_in(user).post(reverse("numbers:add"), everything(stranger, foreign) | own)

    number = WahaSession.objects.get(name="sales")
    assert (number.user_id, number.phone, number.company_id) == (user.pk, "", None)
    assert number.pk != 1 or foreign.pk != 1
    assert stranger.pk not in number.users.values_list("pk", flat=True)


def test_invited_people_get_no_more_than_their_role(stranger: User, foreign: WahaSession) -> None:
    admin = make_user(role="Admin")
    own = {"name": "Nora", "email": "nora@example.com", "role": ""}

    response = signed_in(admin).post(
        reverse("accounts:people"), everything(stranger, foreign) | own
    )

    assert response.status_code == 302
    nora = User.objects.get(email="nora@example.com")
    assert model_to_dict(nora, ["is_staff", "is_superuser"]) == {
        "is_staff": False, "is_superuser": False,
    }  # fmt: skip
    assert (nora.groups.count(), nora.user_permissions.count(), nora.access_version > 1) == (
        0, 0, False,
    )  # fmt: skip


def test_admin_page_of_a_user_takes_its_own_fields(stranger: User, foreign: WahaSession) -> None:
    admin, user = make_user(role="Admin", is_staff=True), make_user()
    before = columns(user)
    inlines = {
        f"{name}-{count}": 0
        for name in (
            "modelhasrole_set",
            "modelhaspermission_set",
            "attachments-attachment-model_type-model_id",
        )
        for count in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    own = {"name": "New", "email": user.email, "is_active": "on", "locale": "", "time_zone": ""}
    tried = everything(stranger, foreign) | own | inlines | {"encrypted_phone": ""}

    response = signed_in(admin).post(reverse("admin:accounts_user_change", args=[user.pk]), tried)

    assert response.status_code == 302
    # May open the admin: a field of the form, which an administrator gives.
    assert changed(before, columns(user)) == {"name", "is_staff", "access_version"}
