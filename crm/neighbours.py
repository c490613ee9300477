"""Records that stand near another one: where its files may be moved to."""

from accounts.models import User
from crm.models import Company, Contact, Instructor, Record

MOST = 20


def of_contact(user: User, contact: Contact) -> list[Record]:
    """The company they work for, and the instructors they are."""
    companies = Company.objects.visible_to(user).alive().filter(pk=contact.company_id)
    instructors = Instructor.objects.visible_to(user).alive().filter(contact=contact)
    return [*companies, *instructors[:MOST]]


def of_company(user: User, company: Company) -> list[Record]:
    """The people who work there, by name."""
    people = Contact.objects.visible_to(user).alive().filter(company=company)
    return list(people.order_by("name", "pk")[:MOST])


def of_instructor(user: User, instructor: Instructor) -> list[Record]:
    """The contact they are."""
    person = Contact.objects.visible_to(user).alive().filter(pk=instructor.contact_id)
    return list(person)
