import pytest

from accounts.models import User
from audit.models import AuditLog
from tests.factories import make_role, make_session, make_user
from waha import sharing
from waha.models import Level, RoleWaha, UserWaha, WahaSession
from waha.models.sharing import forget

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def version(user: User) -> int:
    return User.objects.get(pk=user.pk).access_version


def level(session: WahaSession, user: User) -> Level | None:
    forget(user)
    return session.level_of(user)


def test_share_lets_a_user_see_a_number_and_raises_their_version() -> None:
    session, user, stranger = make_session(), make_user(), make_user()

    sharing.share(session=session, user=user, level=Level.REPLY, by=session.user)

    assert level(session, user) == Level.REPLY
    assert level(session, stranger) is None
    assert version(user) == 2
    assert version(stranger) == 1


def test_share_again_replaces_the_level() -> None:
    session, user = make_session(), make_user()
    sharing.share(session=session, user=user, level=Level.MANAGE, by=None)

    sharing.share(session=session, user=user, level=Level.VIEW, by=None)

    assert level(session, user) == Level.VIEW
    assert UserWaha.objects.filter(user=user).count() == 1
    assert version(user) == 3


def test_share_of_the_same_level_changes_nothing() -> None:
    session, user = make_session(), make_user()
    sharing.share(session=session, user=user, level=Level.VIEW, by=None)

    sharing.share(session=session, user=user, level=Level.VIEW, by=None)

    assert version(user) == 2
    assert AuditLog.objects.filter(event="session.shared", object_id=session.pk).count() == 2


def test_share_is_on_record_with_who_and_what() -> None:
    session, user = make_session(), make_user()

    sharing.share(session=session, user=user, level=Level.VIEW, by=session.user)

    entry = AuditLog.objects.filter(event="session.shared").latest("pk")
    assert entry.actor_id == session.user_id
    assert entry.old_values == {"user": user.pk, "level": None}
    assert entry.new_values == {"user": user.pk, "level": "view"}


def test_share_with_a_role_reaches_everybody_who_has_it() -> None:
    session, agent = make_session(), make_user(role="Agent")
    viewer = make_user(role="Viewer")

    sharing.share(session=session, role=make_role("Agent"), level=Level.REPLY, by=None)

    assert level(session, agent) == Level.REPLY
    assert level(session, viewer) is None
    assert version(agent) == 2
    assert version(viewer) == 1
    assert RoleWaha.objects.count() == 1


@pytest.mark.parametrize("held", [None, Level.VIEW, Level.REPLY])
def test_share_is_refused_to_who_does_not_manage_the_number(held: Level | None) -> None:
    session, user, friend = make_session(), make_user(), make_user()
    if held:
        sharing.share(session=session, user=user, level=held, by=None)

    with pytest.raises(sharing.SharingRefused):
        sharing.share(session=session, user=friend, level=Level.VIEW, by=user)

    assert level(session, friend) is None


def test_share_is_open_to_admins_without_a_grant_of_their_own() -> None:
    session, admin, friend = make_session(), make_user(role="Admin"), make_user()

    sharing.share(session=session, user=friend, level=Level.VIEW, by=admin)

    assert level(session, friend) == Level.VIEW
    assert level(session, admin) is None


def test_share_with_both_or_neither_is_a_mistake() -> None:
    session, user = make_session(), make_user()

    with pytest.raises(TypeError):
        sharing.share(session=session, level=Level.VIEW, by=None)
    with pytest.raises(TypeError):
        sharing.share(
            session=session, user=user, role=make_role("Agent"), level=Level.VIEW, by=None
        )


def test_unshare_takes_the_number_away_and_raises_the_version() -> None:
    session, user = make_session(), make_user()
    sharing.share(session=session, user=user, level=Level.MANAGE, by=None)

    sharing.unshare(session=session, user=user, by=session.user)

    assert level(session, user) is None
    assert version(user) == 3


def test_owner_keeps_manage_until_the_number_is_handed_over() -> None:
    session = make_session()

    with pytest.raises(sharing.SharingRefused):
        sharing.share(session=session, user=session.user, level=Level.VIEW, by=None)
    with pytest.raises(sharing.SharingRefused):
        sharing.unshare(session=session, user=session.user, by=None)

    assert level(session, session.user) == Level.MANAGE


def test_hand_over_moves_ownership_and_the_manage_grant() -> None:
    session, successor = make_session(), make_user()
    former = session.user

    sharing.hand_over(session=session, to=successor, by=former)

    session.refresh_from_db()
    assert session.user == successor
    assert level(session, successor) == Level.MANAGE
    assert level(session, former) is None
    assert AuditLog.objects.get(event="session.handed_over").new_values == {"owner": successor.pk}


def test_hand_over_to_somebody_deactivated_is_refused() -> None:
    session, gone = make_session(), make_user(is_active=False)

    with pytest.raises(sharing.SharingRefused):
        sharing.hand_over(session=session, to=gone, by=None)

    assert WahaSession.objects.get(pk=session.pk).user != gone


def test_superuser_sees_no_number_without_a_grant() -> None:
    session, root = make_session(), make_user(is_superuser=True)

    assert level(session, root) is None
