from itertools import pairwise

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission as AuthPermission

from accounts import roles
from accounts.models import ModelHasRole, Permission, Role, User
from accounts.permissions import NOT_YET, ON_NUMBER, TOPICS, Can, OnNumber
from tests.factories import make_user
from tests.house.tree import APPS, ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def test_every_permission_has_a_topic_and_words() -> None:
    told = [can for topic in TOPICS for can in topic.words]

    assert sorted(told) == sorted(Can)
    assert sorted(ON_NUMBER) == sorted(OnNumber)


def test_permissions_that_nothing_asks_for_say_so() -> None:
    """Asked for by name, or by the administration for a model that has a page there."""
    pages = {
        f"{model._meta.app_label}.{action}_{model._meta.model_name}"
        for model in admin.site._registry
        for action in ("view", "add", "change", "delete")
    }
    sources = [
        path.read_text()
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
        and path.relative_to(ROOT).as_posix()
        not in {"accounts/permissions.py", "accounts/roles.py"}
    ]

    unasked = {
        can
        for can in Can
        if can not in pages
        and not any(f"Can.{can.name}" in text or f'"{can}"' in text for text in sources)
    }

    assert unasked == NOT_YET


def test_seed_roles_makes_five_roles_once() -> None:
    assert roles.seed_roles() == 5
    assert roles.seed_roles() == 0

    names = set(Role.objects.values_list("name", flat=True))
    assert names == {"Owner", "Admin", "Manager", "Agent", "Viewer"}
    assert Permission.objects.count() == len(Can) + len(OnNumber)


def test_seed_roles_leaves_a_changed_role_as_it_is() -> None:
    roles.seed_roles()
    viewer = Role.objects.get(name="Viewer")
    viewer.group.permissions.clear()

    roles.seed_roles()

    assert viewer.group.permissions.count() == 0


def test_permission_of_a_new_version_reaches_the_roles_that_list_it() -> None:
    """As after an upgrade: without it no Owner held it, so nobody could ever give it."""
    roles.seed_roles()
    owner, viewer = make_user(role="Owner"), Role.objects.get(name="Viewer")
    viewer.group.permissions.clear()
    for can in (Can.VIEW_OPS, Can.SEE_PHONES):
        AuthPermission.objects.get(codename=can.split(".")[1]).group_set.clear()
    Permission.objects.filter(name=Can.VIEW_OPS).delete()

    roles.seed_roles()

    fresh = User.objects.get(pk=owner.pk)
    assert (fresh.has_perm(Can.VIEW_OPS), fresh.has_perm(Can.SEE_PHONES)) == (True, False)
    assert fresh.access_version == owner.access_version + 1
    assert viewer.group.permissions.count() == 0


def test_seed_permissions_without_djangos_rows_says_to_migrate() -> None:
    AuthPermission.objects.filter(codename="view_auditlog").delete()

    with pytest.raises(roles.CatalogueIncomplete, match=r"manage\.py migrate"):
        roles.seed_permissions()


@pytest.mark.parametrize("seeded", roles.SEEDED, ids=lambda seeded: seeded.name)
def test_role_gives_its_permissions_and_no_others(seeded: roles.SeededRole) -> None:
    user = make_user(role=seeded.name)

    held = {can for can in Can if user.has_perm(can)}

    assert held == set(seeded.permissions)


def test_each_role_holds_what_the_one_below_it_holds() -> None:
    ladder = [set(seeded.permissions) for seeded in reversed(roles.SEEDED)]

    assert all(low < high for low, high in pairwise(ladder))


def test_create_superuser_makes_an_owner_on_an_empty_database() -> None:
    owner = User.objects.create_superuser("Boss@Company.test", "a long password", name="Boss")

    assert owner.email == "boss@company.test"
    assert owner.is_staff
    assert ModelHasRole.objects.get(user=owner).group.role.name == "Owner"
