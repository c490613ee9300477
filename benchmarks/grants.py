"""(e) 20 of 100,000 grants: what a page asks to know its numbers, against the bare SQL."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.backends import current_guard
from accounts.models import User
from benchmarks.report import Figure
from mercury.ops.seeding.factories import make_role, make_server, make_user
from waha.models import Level, RoleWaha, UserWaha, WahaSession
from waha.models.sharing import GRANTS as GRANTS_SQL
from waha.models.sharing import _read
from waha.sharing import permission

GRANTS, MINE = 100_000, 20
USERS, NUMBERS = 1_000, 1_000
ROUNDS, CALLS = 5, 40
GOAL = 2.0


def run() -> list[Figure]:
    """Compare medians of alternating rounds in one process; both read every row."""
    user = fill()
    parameters: list[int | str] = [user.pk, user.pk, current_guard(user)]

    def bare() -> int:
        with connection.cursor() as cursor:
            cursor.execute(GRANTS_SQL, parameters)
            return len(cursor.fetchall())

    def ours() -> int:
        return len(_read(user))

    with CaptureQueriesContext(connection) as captured:
        found = ours()
    if (found, bare()) != (MINE, MINE):
        raise AssertionError(f"{found} grants were read, not {MINE}")
    rounds = [(_milliseconds(ours), _milliseconds(bare)) for _ in range(ROUNDS)]
    page, raw = (statistics.median(each) for each in zip(*rounds, strict=True))
    ratios = [ours_took / bare_took for ours_took, bare_took in rounds]
    return [
        Figure(
            f"numbers of a user: {MINE} of {GRANTS:,} grants", statistics.median(ratios), GOAL,
            least=False,
            detail=f"{page:.2f} ms : {raw:.2f} ms, rounds {min(ratios):.2f}–{max(ratios):.2f}",
        ),
        Figure("numbers of a user: queries", len(captured), 1, least=False),
    ]  # fmt: skip


def fill() -> User:
    """Write GRANTS grants of other people, and MINE of the user who is returned."""
    make_role("Agent")
    user, owner, server = make_user(role="Agent"), make_user(), make_server()
    WahaSession.objects.bulk_create(
        WahaSession(name=f"grant-{n}", waha_name=f"grant-{n}", user=owner, server=server)
        for n in range(NUMBERS)
    )
    User.objects.bulk_create(
        User(name=f"Grantee {n}", email=f"grantee{n}@example.com") for n in range(USERS)
    )
    numbers = list(WahaSession.objects.filter(server=server).order_by("pk"))
    people = list(User.objects.filter(email__startswith="grantee").order_by("pk"))
    view = permission(Level.VIEW)
    each = GRANTS // USERS
    UserWaha.objects.bulk_create(
        (
            UserWaha(
                user=person, content_object=numbers[(place * 7 + n) % NUMBERS], permission=view
            )
            for place, person in enumerate(people)
            for n in range(each)
        ),
        batch_size=2_000,
    )
    half = MINE // 2
    UserWaha.objects.bulk_create(
        UserWaha(user=user, content_object=number, permission=view) for number in numbers[:half]
    )
    group = make_role("Agent").group
    RoleWaha.objects.bulk_create(
        RoleWaha(group=group, content_object=number, permission=view)
        for number in numbers[half:MINE]
    )
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE TABLE user_waha, role_waha, model_has_roles")
            cursor.fetchall()
    return user


def _milliseconds(ask: Callable[[], Any]) -> float:
    started = time.perf_counter()
    for _ in range(CALLS):
        ask()
    return (time.perf_counter() - started) * 1000 / CALLS
