"""Access is cached under its version: right after every change, flush and outage."""

import os
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.contrib.auth.models import Permission as AuthPermission
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import access, access_cache
from accounts.models import Guard, Role, User
from tests.factories import make_role, make_session, make_user
from waha import sharing
from waha.models import Level, RoleWaha, WahaSession
from waha.models.sharing import levels

# Without committed rows nothing is cached.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.core]


def as_in_next_request(user: User) -> User:
    return User.objects.get(pk=user.pk)


def queries(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


@pytest.fixture
def number() -> WahaSession:
    return make_session()


@pytest.fixture
def friend(number: WahaSession) -> User:
    """Somebody who may reply on the number, and whose access has been read once."""
    friend = make_user()
    sharing.share(session=number, user=friend, level=Level.REPLY, by=None)
    levels(as_in_next_request(friend))
    return friend


def test_second_request_asks_the_database_for_no_grants(number: WahaSession, friend: User) -> None:
    again = as_in_next_request(friend)

    asked = queries(lambda: levels(again))

    assert (asked, levels(again)) == (0, {number.pk: Level.REPLY})


def test_taken_share_is_gone_from_the_next_request_on(number: WahaSession, friend: User) -> None:
    sharing.unshare(session=number, user=friend, by=None)

    assert levels(as_in_next_request(friend)) == {}


def test_share_is_gone_within_the_request_that_took_it(number: WahaSession, friend: User) -> None:
    mine = as_in_next_request(friend)
    before = levels(mine)

    sharing.unshare(session=number, user=as_in_next_request(friend), by=None)

    # `mine` still carries the version of before: another object of the same user was changed.
    assert (before, levels(mine)) == ({number.pk: Level.REPLY}, {})


def test_change_counts_in_its_own_transaction(number: WahaSession, friend: User) -> None:
    mine = as_in_next_request(friend)
    levels(mine)

    with transaction.atomic():
        sharing.share(session=number, user=friend, level=Level.MANAGE, by=None)
        inside = levels(mine)

    assert inside == {number.pk: Level.MANAGE}


def test_change_that_is_rolled_back_leaves_nothing_behind(
    number: WahaSession, friend: User
) -> None:
    with transaction.atomic():
        sharing.share(session=number, user=friend, level=Level.MANAGE, by=None)
        levels(as_in_next_request(friend))
        transaction.set_rollback(True)
    sharing.share(session=number, user=friend, level=Level.VIEW, by=None)

    # The version that was rolled back is the one committed now.
    assert levels(as_in_next_request(friend)) == {number.pk: Level.VIEW}


def test_memory_of_another_process_dies_by_the_version(number: WahaSession, friend: User) -> None:
    stale = cache.get(access_cache._key(friend, "numbers", 2, Guard.WEB))
    sharing.unshare(session=number, user=friend, by=None)
    # What a process that was not told of anything still holds.
    access_cache._newest.clear()
    cache.set(access_cache._key(friend, "numbers", 2, Guard.WEB), stale)

    assert [tuple(pair) for pair in stale] == [(number.pk, Level.REPLY)]
    assert levels(as_in_next_request(friend)) == {}


def test_same_number_in_another_database_is_another_user(friend: User, number: WahaSession) -> None:
    namesake = as_in_next_request(friend)
    namesake.created_at = namesake.created_at.replace(year=2001)

    assert queries(lambda: levels(namesake)) == 1


def test_role_counts_only_for_its_kind_of_sign_in(number: WahaSession) -> None:
    user, role = make_user(), Role(name="Robots", guard_name=Guard.API)
    role.save()
    access.set_roles(user=user, roles=[role], by=None)
    sharing.share(session=number, role=role, level=Level.REPLY, by=None)
    by_browser, by_api = as_in_next_request(user), as_in_next_request(user)
    by_api.current_guard = Guard.API  # type: ignore[attr-defined]  # set by an API sign-in

    found = [levels(by_browser), levels(by_api)]

    # Both are cached by now, side by side.
    again = as_in_next_request(user)
    assert found == [{}, {number.pk: Level.REPLY}]
    assert (queries(lambda: levels(again)), levels(again)) == (0, {})


def test_superuser_and_deactivated_see_no_number(number: WahaSession, friend: User) -> None:
    root = make_user(is_superuser=True)
    friend.is_active = False

    assert (levels(root), levels(friend)) == ({}, {})


def test_role_share_reaches_its_people_at_once(number: WahaSession) -> None:
    agent, role = make_user(role="Agent"), make_role("Agent")
    levels(as_in_next_request(agent))

    sharing.share(session=number, role=role, level=Level.VIEW, by=None)
    given = levels(as_in_next_request(agent))
    sharing.unshare(session=number, role=role, by=None)

    assert given == {number.pk: Level.VIEW}
    assert levels(as_in_next_request(agent)) == {}
    assert not RoleWaha.objects.exists()


def test_hit_rate_counts_what_was_found(friend: User) -> None:
    before = access_cache.hit_rate()

    levels(as_in_next_request(friend))
    after = access_cache.hit_rate()

    assert (after.hits - before.hits, after.misses - before.misses) == (1, 0)
    assert 0 < after.share <= 1


def test_direct_permission_is_read_by_guard_and_kept_out_of_numbers(number: WahaSession) -> None:
    user = make_user()
    user.user_permissions.add(
        AuthPermission.objects.get(content_type__app_label="waha", codename="view_wahasession")
    )

    assert as_in_next_request(user).has_perm("waha.view_wahasession")
    assert levels(as_in_next_request(user)) == {}


@pytest.mark.redis
def test_flush_in_the_middle_of_a_request_changes_no_answer(
    number: WahaSession, friend: User, redis_url: str
) -> None:
    mine = as_in_next_request(friend)
    before = levels(mine)

    with redis.Redis.from_url(redis_url) as server:
        server.flushdb()
    sharing.share(session=number, user=friend, level=Level.VIEW, by=None)

    assert before == {number.pk: Level.REPLY}
    assert levels(mine) == {number.pk: Level.VIEW}
    assert levels(as_in_next_request(friend)) == {number.pk: Level.VIEW}


@pytest.mark.redis
def test_flush_between_requests_costs_one_query(friend: User, number: WahaSession) -> None:
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as server:
        server.flushdb()
    mine = as_in_next_request(friend)

    assert (queries(lambda: levels(mine)), levels(mine)) == (1, {number.pk: Level.REPLY})


def test_cache_that_is_away_costs_one_query(
    friend: User, number: WahaSession, settings: Any
) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": "redis://127.0.0.1:9/0",
            "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 0.2, "IGNORE_EXCEPTIONS": True},
        }
    }
    mine = as_in_next_request(friend)

    assert (queries(lambda: levels(mine)), levels(mine)) == (1, {number.pk: Level.REPLY})
