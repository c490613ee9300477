"""Records that stand near another one: where its files may be moved to."""

from django.db.models import Model

from accounts.models import User
from crm.models import Company, Contact, Instructor

MOST = 20


def of_contact(user: User, contact: Contact) -> list[Model]:
    """The company they work for, and the instructors they are."""
    companies = Company.objects.visible_to(user).alive().filter(contacts=contact)
    instructors = Instructor.objects.visible_to(user).alive().filter(contact=contact)
    return [*companies, *instructors[:MOST]]


def of_company(user: User, company: Company) -> list[Model]:
    """The people who work there, by name."""
    people = Contact.objects.visible_to(user).alive().filter(company=company)
    return list(people.order_by("name", "pk")[:MOST])


def of_instructor(user: User, instructor: Instructor) -> list[Model]:
    """The contact they are."""
    person = Contact.objects.visible_to(user).alive().filter(instructors=instructor)
    return list(person)
