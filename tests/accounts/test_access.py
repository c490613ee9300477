import pytest

from accounts import access, grants
from accounts.models import Guard, Role, User
from accounts.permissions import Can
from accounts.roles import auth_permissions
from audit.models import AuditLog
from tests.factories import make_role, make_user
from waha.models import UpdateKind, WahaUpdate

pytestmark = pytest.mark.django_db


def version(user: User) -> int:
    return User.objects.get(pk=user.pk).access_version


def test_set_roles_replaces_them_raises_the_version_and_is_on_record() -> None:
    user, boss = make_user(role="Viewer"), make_user(role="Admin")

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


def test_role_that_holds_more_than_the_giver_is_not_given() -> None:
    user, admin = make_user(), make_user(role="Admin")

    with pytest.raises(grants.GrantRefused, match="that you have yourself"):
        access.set_roles(user=user, roles=[make_role("Owner")], by=admin)

    assert not user.groups.exists()


@pytest.mark.parametrize("is_superuser", [False, True])
def test_nobody_gives_themselves_a_role(is_superuser: bool) -> None:
    owner = make_user(role="Owner", is_superuser=is_superuser)

    with pytest.raises(grants.GrantRefused, match="their own rights"):
        access.set_roles(user=owner, roles=[make_role("Viewer")], by=owner)

    assert [group.role.name for group in owner.groups.all()] == ["Owner"]


def test_who_may_do_more_keeps_their_roles() -> None:
    owner, admin = make_user(role="Owner"), make_user(role="Admin")

    with pytest.raises(grants.GrantRefused, match="may do more than you"):
        access.set_roles(user=owner, roles=[], by=admin)

    assert owner.groups.count() == 1


def test_who_may_do_more_by_another_sign_in_keeps_their_password() -> None:
    """A role of the API opens nothing in a browser, yet whoever sets the password has it too."""
    agent, admin = make_user(role="Agent"), make_user(role="Admin")
    robots = Role(name="Robots", guard_name=Guard.API)
    robots.save()
    robots.group.permissions.set(auth_permissions([Can.CHANGE_ROLES]).values())
    agent.groups.add(robots.group)

    allowed = grants.may_change(admin, agent)

    assert (allowed, agent.has_perm(Can.CHANGE_ROLES)) == (False, False)


def test_set_permissions_reaches_the_people_of_the_role_and_is_on_record() -> None:
    agent, owner = make_user(role="Agent"), make_user(role="Owner")
    wanted = auth_permissions([Can.VIEW_AUDIT, Can.VIEW_CONTACTS])

    access.set_permissions(role=make_role("Agent"), permissions=wanted.values(), by=owner)

    held = {can for can in Can if User.objects.get(pk=agent.pk).has_perm(can)}
    assert held == {Can.VIEW_AUDIT, Can.VIEW_CONTACTS}
    assert version(agent) == 2
    entry = AuditLog.objects.get(event="role.permissions")
    assert entry.new_values == {"permissions": [Can.VIEW_AUDIT, Can.VIEW_CONTACTS]}


def test_set_permissions_refuses_what_the_giver_does_not_hold() -> None:
    admin, role = make_user(role="Admin"), make_role("Viewer")
    held = set(role.group.permissions.all())
    more = auth_permissions([Can.CHANGE_ROLES]).values()

    with pytest.raises(grants.GrantRefused, match="that you have yourself"):
        access.set_permissions(role=role, permissions=[*held, *more], by=admin)

    assert set(role.group.permissions.all()) == held


def test_set_permissions_refuses_a_role_of_ones_own() -> None:
    owner, role = make_user(role="Owner"), make_role("Owner")

    with pytest.raises(grants.GrantRefused, match="You have the role Owner yourself"):
        access.set_permissions(role=role, permissions=[], by=owner)

    assert role.group.permissions.exists()
