"""The sharing page: people and roles, how far, taken away, handed over."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import AuditLog
from tests.factories import make_role, make_session, make_user
from waha import sharing
from waha.models import Level, RoleWaha, WahaSession

pytestmark = pytest.mark.django_db


@pytest.fixture
def number() -> WahaSession:
    return make_session(title="Sales · Berlin", owner=make_user(name="Otto Owner"))


@pytest.fixture
def mia(number: WahaSession) -> User:
    """A manager of the number who does not own it."""
    mia = make_user(name="Mia Manager")
    sharing.share(session=number, user=mia, level=Level.MANAGE, by=number.user)
    return mia


@pytest.fixture
def desk(mia: User) -> Client:
    return browser_of(mia)


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(number: WahaSession, name: str = "sharing") -> str:
    return reverse(f"numbers:{name}", args=[number.pk])


def level(number: WahaSession, user: User) -> Level | None:
    return number.level_of(User.objects.get(pk=user.pk))


def test_page_lists_people_and_roles_with_how_far(number: WahaSession, desk: Client) -> None:
    make_user(role="Agent")
    sharing.share(session=number, role=make_role("Agent"), level=Level.REPLY, by=number.user)

    page = desk.get(url(number))

    listed = [(each.name, each.may, each.by, each.people) for each in page.context["shares"]]
    assert listed == [
        ("Otto Owner", "Answers, connects and shares", "", 1),
        ("Mia Manager", "Answers, connects and shares", "Otto Owner", 1),
        ("Agent", "Reads and answers", "Otto Owner", 1),
    ]
    assert "Everybody with the role Agent" in page.content.decode()


def test_page_costs_the_same_however_many_people(
    number: WahaSession, desk: Client, assert_same_queries: Any
) -> None:
    def grow(people: int) -> None:
        for _ in range(people):
            sharing.share(session=number, user=make_user(), level=Level.VIEW, by=None)

    assert_same_queries(lambda: desk.get(url(number)), grow, many=10, at_most=14)


def test_number_is_shared_with_a_person(number: WahaSession, desk: Client, mia: User) -> None:
    friend = make_user(name="Fred")

    page = desk.post(url(number), {"whom": f"user-{friend.pk}", "level": 2}, follow=True)

    assert level(number, friend) == Level.REPLY
    assert "Fred: Reads and answers." in page.content.decode()
    assert AuditLog.objects.filter(event="session.shared").latest("pk").actor_id == mia.pk


def test_number_is_shared_with_a_role_and_taken_from_it(number: WahaSession, desk: Client) -> None:
    agent, role = make_user(role="Agent"), make_role("Agent")

    desk.post(url(number), {"whom": f"role-{role.pk}", "level": 1})
    given = level(number, agent)
    desk.post(url(number, "unshare"), {"whom": f"role-{role.pk}"})

    assert (given, level(number, agent)) == (Level.VIEW, None)
    assert not RoleWaha.objects.exists()


def test_level_is_changed_in_the_list(number: WahaSession, desk: Client) -> None:
    friend = make_user()
    sharing.share(session=number, user=friend, level=Level.VIEW, by=None)

    desk.post(url(number), {"whom": f"user-{friend.pk}", "level": 3})

    assert level(number, friend) == Level.MANAGE


def test_owner_stays_and_the_page_says_why(number: WahaSession, desk: Client) -> None:
    page = desk.post(url(number, "unshare"), {"whom": f"user-{number.user_id}"}, follow=True)

    assert level(number, number.user) == Level.MANAGE
    assert "owns this number. Hand it over to somebody else first." in page.content.decode()


def test_number_is_handed_over(number: WahaSession, desk: Client) -> None:
    heir, former = make_user(), number.user

    desk.post(url(number, "hand-over"), {"heir": heir.pk})

    number.refresh_from_db()
    assert (number.user, level(number, heir), level(number, former)) == (heir, Level.MANAGE, None)


def test_who_takes_it_from_themselves_is_led_to_their_numbers(
    number: WahaSession, desk: Client, mia: User
) -> None:
    response = desk.post(url(number, "unshare"), {"whom": f"user-{mia.pk}"})

    assert (response.status_code, response["Location"]) == (302, reverse("numbers:list"))
    assert desk.get(url(number)).status_code == 404


@pytest.mark.parametrize("name", ["unshare", "hand-over"])
@pytest.mark.parametrize("sent", [{}, {"whom": "user-x", "heir": "x"}, {"whom": "role-0"}])
def test_nobody_named_changes_nothing(
    number: WahaSession, desk: Client, name: str, sent: dict[str, str]
) -> None:
    response = desk.post(url(number, name), sent)

    assert (response.status_code, response["Location"]) == (302, url(number))
    assert number.user_grants.count() == 2


@pytest.mark.parametrize(
    "sent", [{"whom": "user-0", "level": "2"}, {"whom": "group-1", "level": "2"}, {"level": "9"}]
)
def test_share_with_nobody_known_is_an_error_in_the_form(
    number: WahaSession, desk: Client, sent: dict[str, str]
) -> None:
    page = desk.post(url(number), sent)

    assert page.status_code == 200
    assert page.context["form"].errors


def test_deactivated_person_is_not_offered(number: WahaSession, desk: Client) -> None:
    gone = make_user(is_active=False)

    page = desk.post(url(number), {"whom": f"user-{gone.pk}", "level": "1"})

    assert page.context["form"].errors
    assert level(number, gone) is None


@pytest.mark.parametrize(("held", "status"), [(None, 404), (Level.VIEW, 403), (Level.REPLY, 403)])
@pytest.mark.parametrize("name", ["sharing", "unshare", "hand-over"])
def test_page_is_for_who_manages_the_number(
    number: WahaSession, name: str, held: Level | None, status: int
) -> None:
    user, friend = make_user(), make_user()
    if held:
        sharing.share(session=number, user=user, level=held, by=None)
    sent = {"whom": f"user-{friend.pk}", "heir": friend.pk, "level": 1}

    response = browser_of(user).post(url(number, name), sent)

    assert response.status_code == status
    assert (level(number, friend), WahaSession.objects.get().user_id) == (None, number.user_id)


def test_page_works_only_signed_in(number: WahaSession) -> None:
    response = Client().get(url(number))

    assert response.status_code == 302
