"""Keyset paging over rows that share their time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Role
from mercury.db.keyset import Cursor, after, page

START = datetime(2026, 5, 1, 12, tzinfo=UTC)


def roles(count: int, *, every: int) -> None:
    """`count` roles, `every` of them made in the same second."""
    for number in range(count):
        role = Role(name=f"role {number}", guard_name="web")
        role.save()
        Role.objects.filter(pk=role.pk).update(
            created_at=START + timedelta(seconds=number // every)
        )


@pytest.mark.core
@pytest.mark.django_db
@pytest.mark.parametrize("every", [1, 3, 10])
def test_pages_together_hold_each_row_once_in_order(every: int) -> None:
    roles(10, every=every)
    seen: list[int] = []

    cursor = None
    while True:
        found = page(Role.objects.all(), "created_at", cursor, 3)
        seen += [role.pk for role in found.rows]
        if found.next is None:
            break
        cursor = Cursor.parse(str(found.next))

    expected = list(Role.objects.order_by("-created_at", "-pk").values_list("pk", flat=True))
    assert seen == expected


@pytest.mark.core
@pytest.mark.django_db
def test_after_finds_exactly_the_newer_rows() -> None:
    roles(6, every=2)
    ordered = list(Role.objects.order_by("-created_at", "-pk"))
    cursor = Cursor(ordered[3].created_at, ordered[3].pk)

    newer = Role.objects.filter(after("created_at", cursor)).order_by("-created_at", "-pk")

    assert list(newer) == ordered[:3]


def test_an_empty_page_has_no_next(db: None) -> None:
    found = page(Group.objects.none(), "pk", None, 50)

    assert (found.rows, found.next) == ([], None)


@pytest.mark.parametrize("text", ["", "1.2", "1.2:forged", "x" * 5000, "9" * 40 + ".1:x"])
def test_a_cursor_that_we_did_not_make_is_none(text: str) -> None:
    assert Cursor.parse(text) is None


@given(
    st.integers(min_value=0, max_value=4_000_000_000_000_000),
    st.integers(min_value=1, max_value=2**63 - 1),
)
def test_a_cursor_survives_its_url(microseconds: int, pk: int) -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    cursor = Cursor(at, pk)

    assert Cursor.parse(str(cursor)) == cursor
