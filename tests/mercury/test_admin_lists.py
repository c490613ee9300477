"""Lists of the administration cost the same however many rows there are."""

from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import RequestFactory

from audit.admin import BoundedAdmin
from tests.factories import make_session, make_user

OURS = {
    model._meta.label: page
    for model, page in admin.site._registry.items()
    if isinstance(page, BoundedAdmin)
}
# A handful of rows each, sorted in no time.
FEW = {
    "accounts.Role", "attachments.AttachmentType", "waha.WahaArchiveMonth", "waha.WahaServer",
    "waha.WahaSession",
}  # fmt: skip


def changelist(page: Any) -> Any:
    request = RequestFactory().get("/")
    request.user = make_user(is_staff=True, is_superuser=True)
    make_session(owner=request.user)  # else their lists of journal and outbox are empty
    return page.get_changelist_instance(request)


def test_every_page_of_ours_is_bounded() -> None:
    others = {
        model._meta.label
        for model in admin.site._registry
        if model._meta.label not in OURS and model._meta.app_label != "admin"
    }

    assert others == set()


@pytest.mark.django_db
@pytest.mark.parametrize("label", sorted(set(OURS) - FEW))
def test_list_is_read_in_the_order_of_one_index(label: str) -> None:
    """Without a join, and by columns in one direction that end with the key."""
    found = changelist(OURS[label])

    order = found.queryset.query.order_by
    directions = {str(each).startswith("-") for each in order}
    assert " JOIN " not in str(found.queryset.query)
    assert str(order[-1]).lstrip("-") in {"pk", "id"}
    assert len(directions) == 1


@pytest.mark.django_db
def test_columns_of_other_tables_cost_one_query_each(
    django_assert_num_queries: Any,
) -> None:
    model: Any = admin.site._registry
    page = next(page for label, page in OURS.items() if label == "accounts.SignIn")
    user = make_user()
    kind: type[Model] = page.model
    for _ in range(3):
        kind._default_manager.create(user=user, kind="success")
    assert kind in model

    found = changelist(page)

    with django_assert_num_queries(2):
        assert {row.user for row in found.queryset} == {user}
