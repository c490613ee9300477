"""Roles count for their own kind of sign-in; permissions given directly count for both."""

import pytest
from django.contrib.auth.models import Permission as AuthPermission

from accounts.models import Guard, Role, User
from accounts.permissions import Can
from accounts.roles import auth_permissions
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def signed_in_by(guard: Guard, user: User) -> User:
    found = User.objects.get(pk=user.pk)
    found.current_guard = guard  # type: ignore[attr-defined]  # set by the kind of sign-in
    return found


def audit() -> AuthPermission:
    return auth_permissions([Can.VIEW_AUDIT])[Can.VIEW_AUDIT]


@pytest.mark.parametrize("guard", Guard)
def test_role_counts_only_for_its_guard(guard: Guard) -> None:
    user, role = make_user(), Role(name="Auditor", guard_name=guard)
    role.save()
    role.group.permissions.add(audit())
    user.groups.add(role.group)

    allowed = {each for each in Guard if signed_in_by(each, user).has_perm(Can.VIEW_AUDIT)}

    assert allowed == {guard}


def test_permission_given_directly_counts_beside_the_roles() -> None:
    user = make_user(role="Viewer")
    user.user_permissions.add(audit())

    held = {can for can in Can if User.objects.get(pk=user.pk).has_perm(can)}

    assert held >= {Can.VIEW_AUDIT, Can.VIEW_CONTACTS}
    assert all(signed_in_by(guard, user).has_perm(Can.VIEW_AUDIT) for guard in Guard)


def test_deactivated_user_holds_nothing() -> None:
    user = make_user(role="Owner", is_active=False)

    assert not any(user.has_perm(can) for can in Can)
