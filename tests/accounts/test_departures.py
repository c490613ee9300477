"""Somebody leaves: what they owned goes to an heir, and whoever is named is not deleted."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts import departures, grants
from accounts.models import User
from audit.models import AuditLog
from tests.accounts.test_admin import signed_in, staff, user_url
from tests.factories import make_chat, make_message, make_session, make_user
from waha.models import Level, WahaSession

pytestmark = pytest.mark.django_db


def url(user: User, page: str = "deactivate") -> str:
    return reverse(f"admin:accounts_user_{page}", args=[user.pk])


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_deactivating_hands_owned_numbers_to_whom_was_chosen() -> None:
    boss, heir, session = staff("Admin"), make_user(), make_session(title="Sales")
    former = session.user
    token = former.remember_token

    signed_in(boss).post(url(former), {"heir": heir.pk})

    session = WahaSession.objects.get()
    assert session.user == heir
    assert (session.level_of(again(heir)), session.level_of(again(former))) == (Level.MANAGE, None)
    assert not again(former).is_active
    assert again(former).remember_token != token
    events = list(AuditLog.objects.filter(actor_id=boss.pk).values_list("event", flat=True))
    assert {"session.handed_over", "user.deactivated"} <= set(events)


def test_page_names_the_numbers_and_asks_who_takes_over() -> None:
    boss, session = staff("Admin"), make_session(title="Sales · Berlin")

    page = signed_in(boss).get(url(session.user)).content.decode()

    assert "Sales · Berlin" in page
    assert "Who takes over" in page


@pytest.mark.parametrize("heir", ["", "0", "self", "gone"])
def test_nobody_active_chosen_changes_nothing(heir: str) -> None:
    boss, session, gone = staff("Admin"), make_session(), make_user(is_active=False)
    chosen = {"self": session.user_id, "gone": gone.pk}.get(heir, heir)

    response = signed_in(boss).post(url(session.user), {"heir": chosen})

    assert response.status_code == 200
    assert again(session.user).is_active
    assert WahaSession.objects.get().user_id == session.user_id


def test_who_owns_nothing_is_deactivated_without_an_heir() -> None:
    user = make_user()

    signed_in(staff("Admin")).post(url(user))

    assert not again(user).is_active


def test_nobody_deactivates_themselves_or_who_may_do_more() -> None:
    admin, owner = staff("Admin"), staff("Owner")
    client = signed_in(admin)

    answers = [client.post(url(user)).status_code for user in (admin, owner)]

    assert answers == [403, 403]
    assert again(admin).is_active
    assert again(owner).is_active
    with pytest.raises(grants.GrantRefused):
        departures.deactivate(user=owner, by=admin)


def test_agent_on_the_staff_does_not_reach_the_page() -> None:
    assert signed_in(staff("Agent")).get(url(make_user())).status_code == 403


def root() -> Client:
    return signed_in(make_user(is_staff=True, is_superuser=True))


def test_user_whom_nothing_names_is_deleted() -> None:
    user = make_user()

    root().post(url(user, "delete"), {"post": "yes"})

    assert not User.objects.filter(pk=user.pk).exists()


def test_user_whom_messages_and_the_log_name_stays_and_the_page_says_why() -> None:
    user = make_user(name="Ada")
    make_message(make_chat(), from_me=True, sent_by=user)
    AuditLog.objects.create(event="x", action=1, actor_id=user.pk, object_pk="1", object_repr="x")

    page = root().post(url(user, "delete"), {"post": "yes"}, follow=True).content.decode()

    assert User.objects.filter(pk=user.pk).exists()
    assert "Ada is named by the audit log, messages they sent, which must stay readable." in page


def test_owner_of_a_number_is_not_deleted() -> None:
    session = make_session(title="Sales")

    page = root().post(url(session.user, "delete"), {"post": "yes"}, follow=True)

    assert User.objects.filter(pk=session.user_id).exists()
    assert "owns Sales. Deactivate them instead and choose who takes over." in page.content.decode()


def test_users_page_leads_to_deactivating() -> None:
    user = make_user()

    assert url(user) in signed_in(staff("Admin")).get(user_url(user)).content.decode()
