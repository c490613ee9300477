"""`has_perm` on one number says what `visible_to` says."""

import pytest

from accounts.models import Guard, Role
from tests.factories import make_session, make_user
from waha import sharing
from waha.models import Level

pytestmark = pytest.mark.django_db

PERMISSIONS = ("waha.view_wahasession", "waha.reply_wahasession", "waha.manage_wahasession")


@pytest.mark.parametrize("level", [None, *Level])
def test_each_level_holds_the_ones_below_it(level: Level | None) -> None:
    session, user = make_session(), make_user()
    if level:
        sharing.share(session=session, user=user, level=level, by=None)

    held = [user.has_perm(name, session) for name in PERMISSIONS]

    assert held == [bool(level and level >= wanted) for wanted in Level]


def test_role_of_another_kind_of_sign_in_gives_nothing() -> None:
    session, user, role = make_session(), make_user(), Role(name="Robots", guard_name=Guard.API)
    role.save()
    user.groups.add(role.group)
    sharing.share(session=session, role=role, level=Level.MANAGE, by=None)

    assert not user.has_perm("waha.view_wahasession", session)


def test_share_of_one_number_says_nothing_of_another_or_of_all() -> None:
    session, other, user = make_session(), make_session(), make_user()
    sharing.share(session=session, user=user, level=Level.VIEW, by=None)

    assert user.has_perm("waha.view_wahasession", session)
    assert not user.has_perm("waha.view_wahasession", other)
    assert not user.has_perm("waha.view_wahasession")
    assert not user.has_perm("crm.view_wahasession", session)
