"""Roles in the administration: the grid, and nobody gives what they do not hold."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Permission, Role, User
from accounts.permissions import TOPICS, Can
from accounts.roles import auth_permissions
from tests.accounts.test_admin import form_of, signed_in, staff, user_url
from tests.factories import make_role, make_user

pytestmark = pytest.mark.django_db


def role_url(role: Role) -> str:
    return reverse("admin:accounts_role_change", args=[role.pk])


def role_form(role: Role, *granted: int) -> dict[str, Any]:
    return {"name": role.name, "guard_name": role.guard_name, "granted": list(granted)}


def role_keeper(*permissions: Can) -> Client:
    """Staff who may change roles, and hold these permissions beside."""
    keeper = make_user(is_staff=True)
    held = auth_permissions([Can.VIEW_ROLES, Can.CHANGE_ROLES, *permissions])
    keeper.user_permissions.set(held.values())
    return signed_in(keeper)


def held_by(role: Role) -> set[int]:
    return set(role.group.permissions.values_list("pk", flat=True))


def test_grid_is_in_the_words_of_the_catalogue_by_topic() -> None:
    page = signed_in(staff("Owner")).get(role_url(make_role("Agent"))).content.decode()

    assert page.count('<fieldset class="permission-topic">') == len(TOPICS)
    assert page.count('name="granted"') == len(Can)
    assert "Read the audit log" in page


def test_grid_refuses_a_crafted_permission_that_the_giver_lacks() -> None:
    role = make_role("Agent")
    before = held_by(role)
    crafted = Permission.objects.get(name=Can.VIEW_AUDIT).pk

    page = role_keeper().post(role_url(role), role_form(role, *before, crafted)).content.decode()

    assert "You can only give or take permissions that you have yourself." in page
    assert held_by(role) == before


def test_grid_leaves_what_the_giver_lacks_where_it_is() -> None:
    role = make_role("Agent")
    before, contacts = held_by(role), Permission.objects.get(name=Can.ADD_CONTACTS).pk

    # A browser sends no disabled box; the one permission that could be taken is unticked.
    role_keeper(Can.ADD_CONTACTS).post(role_url(role), role_form(role))

    assert held_by(role) == before - {contacts}


def test_role_that_holds_more_does_not_change_its_kind_of_sign_in() -> None:
    role = make_role("Owner")

    role_keeper().post(role_url(role), role_form(role) | {"guard_name": "api"})

    assert Role.objects.get(pk=role.pk).guard_name == "web"


def test_role_of_ones_own_can_be_read_and_not_changed() -> None:
    client, role = signed_in(staff("Owner")), make_role("Owner")

    page = client.get(role_url(role))
    answer = client.post(role_url(role), role_form(role))

    assert (page.status_code, answer.status_code) == (200, 403)
    assert "<li>Read the audit log</li>" in page.content.decode()
    assert role.group.permissions.exists()


def test_role_that_counts_for_another_sign_in_tells_its_people() -> None:
    agent, role = make_user(role="Agent"), make_role("Agent")
    form = role_form(role, *held_by(role)) | {"guard_name": "api"}

    signed_in(staff("Owner")).post(role_url(role), form)

    assert User.objects.get(pk=agent.pk).access_version == 2
    assert not User.objects.get(pk=agent.pk).has_perm(Can.ADD_CONTACTS)


def direct(client: Client, user: User, can: Can) -> dict[str, Any]:
    """The user's page with one permission added by hand."""
    return form_of(client, user_url(user)) | {
        "modelhaspermission_set-TOTAL_FORMS": 1,
        "modelhaspermission_set-0-permission": auth_permissions([can])[can].pk,
    }


def test_permission_that_the_giver_lacks_is_not_given_directly() -> None:
    client, user = signed_in(staff("Admin")), make_user()

    client.post(user_url(user), direct(client, user, Can.CHANGE_ROLES))

    assert not user.user_permissions.exists()


def test_permission_is_given_directly_and_taken_again() -> None:
    client, user = signed_in(staff("Admin")), make_user()

    client.post(user_url(user), direct(client, user, Can.VIEW_AUDIT))
    given = User.objects.get(pk=user.pk).has_perm(Can.VIEW_AUDIT)
    taken = form_of(client, user_url(user)) | {"modelhaspermission_set-0-DELETE": "on"}
    client.post(user_url(user), taken)
    after = User.objects.get(pk=user.pk)

    assert (given, after.has_perm(Can.VIEW_AUDIT)) == (True, False)
    assert after.access_version == 3


def test_superuser_does_not_change_their_own_rights() -> None:
    root = make_user(is_staff=True, is_superuser=True)
    client = signed_in(root)
    data = form_of(client, user_url(root)) | {
        "modelhasrole_set-TOTAL_FORMS": 1,
        "modelhasrole_set-0-group": make_role("Viewer").group_id,
    }
    data.pop("is_superuser", None)

    client.post(user_url(root), data)

    root.refresh_from_db()
    assert root.is_superuser
    assert not root.groups.exists()
