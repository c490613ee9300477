import pytest

from accounts import access
from accounts.models import User
from audit.models import AuditLog
from tests.factories import make_role, make_user
from waha.models import UpdateKind, WahaUpdate

pytestmark = pytest.mark.django_db


def version(user: User) -> int:
    return User.objects.get(pk=user.pk).access_version


def test_set_roles_replaces_them_raises_the_version_and_is_on_record() -> None:
    user, boss = make_user(role="Viewer"), make_user()

    access.set_roles(user=user, roles=[make_role("Agent")], by=boss)

    assert [group.role.name for group in user.groups.all()] == ["Agent"]
    assert version(user) == 2
    entry = AuditLog.objects.get(event="user.roles")
    assert (entry.old_values, entry.new_values) == ({"roles": ["Viewer"]}, {"roles": ["Agent"]})
    assert entry.actor_id == boss.pk


def test_set_roles_to_the_same_changes_nothing() -> None:
    user = make_user(role="Viewer")

    access.set_roles(user=user, roles=[make_role("Viewer")], by=None)

    assert version(user) == 1
    assert not AuditLog.objects.filter(event="user.roles").exists()


def test_raise_version_of_role_reaches_its_people_alone() -> None:
    agent, viewer = make_user(role="Agent"), make_user(role="Viewer")

    access.raise_version_of_role(make_role("Agent"))

    assert (version(agent), version(viewer)) == (2, 1)


def test_a_change_of_roles_ends_the_open_pages_of_its_people() -> None:
    agent = make_user()
    make_user()

    access.set_roles(user=agent, roles=[make_role("Agent")], by=None)

    told = WahaUpdate.objects.filter(kind=UpdateKind.ACCESS).values_list("user_id", flat=True)
    assert list(told) == [agent.pk]
