"""Times that stay true in bulk, and columns that are equal only to themselves."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from crm.models import Company, Contact, ContactIdentity, IdentityKind

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.core
@pytest.mark.django_db
def test_a_bulk_update_moves_updated_at() -> None:
    company = Company.objects.create(name="ADNOC")
    Company.objects.filter(pk=company.pk).update(updated_at=LONG_AGO)

    Company.objects.filter(pk=company.pk).update(name="ADNOC Training")

    assert Company.objects.get(pk=company.pk).updated_at.year >= 2026


@pytest.mark.core
@pytest.mark.django_db
def test_bulk_update_of_rows_moves_updated_at() -> None:
    company = Company.objects.create(name="ADNOC")
    Company.objects.filter(pk=company.pk).update(updated_at=LONG_AGO)
    company.name = "ADNOC Training"

    Company.objects.bulk_update([company], ["name"])

    assert Company.objects.get(pk=company.pk).updated_at.year >= 2026


@pytest.mark.core
@pytest.mark.django_db
def test_ids_that_differ_in_case_or_accent_are_two() -> None:
    contact = Contact.objects.create(name="Ana")

    for value in ("AbC", "abc", "abć"):
        ContactIdentity.objects.create(contact=contact, kind=IdentityKind.WA, value=value)

    assert ContactIdentity.objects.filter(value="abc").count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactIdentity.objects.create(contact=contact, kind=IdentityKind.WA, value="abc")


@pytest.mark.core
@pytest.mark.django_db
def test_an_enum_is_constrained_in_the_database() -> None:
    contact = Contact.objects.create(name="Ana")

    with pytest.raises(IntegrityError), transaction.atomic():
        ContactIdentity.objects.create(contact=contact, kind="pigeon", value="x")


@pytest.mark.core
@pytest.mark.django_db
def test_an_email_has_one_user_in_any_case() -> None:
    User.objects.create_user("Olga@Example.com", name="Olga")

    assert User.objects.get_by_natural_key("OLGA@example.COM").name == "Olga"
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("olga@example.com", name="Somebody else")
