"""Pages of contacts, companies and instructors."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.permissions import Can
from audit.models import AuditLog
from crm import records
from crm.models import Company, Contact, Instructor, Note
from tests.factories import make_call, make_chat, make_contact, make_instructor, make_note
from waha.models import WahaChat, WahaSession

pytestmark = pytest.mark.django_db
Enter = Callable[..., Client]


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined, no-any-return]


def test_the_admin_takes_no_company_one_does_not_see(
    sign_in: Enter, users: dict[str, User], carla: Contact, acme: Company, foreign: Contact
) -> None:
    User.objects.filter(pk=users["olga"].pk).update(is_staff=True)
    browser = sign_in("olga", Can.VIEW_CONTACTS, Can.CHANGE_CONTACTS)
    url = reverse("admin:crm_contact_change", args=[carla.pk])
    values = {"name": "Carla", "identities-TOTAL_FORMS": 0, "identities-INITIAL_FORMS": 0}

    refused = browser.post(url, values | {"company": foreign.company_id})
    taken = browser.post(url, values | {"company": acme.pk})

    assert (refused.status_code, taken.status_code) == (200, 302)
    assert "company" in refused.context["adminform"].form.errors
    assert "Foreign Ltd" not in text(refused)


def test_contact_page_shows_what_is_known(sign_in: Enter, carla: Contact) -> None:
    carla.identities.create(kind="email", value="carla@example.com")
    make_note(carla, "Prefers *mornings*")

    page = text(sign_in("olga").get(carla.get_absolute_url()))

    for words in ("Carla Weiss", "Acme", "+44 7700 900123", "carla@example.com", "mornings"):
        assert words in page


@pytest.mark.parametrize(
    "tab", ["notes", "people", "files", "chats", "calls", "numbers", "history"]
)
def test_tab_is_the_same_by_htmx_and_by_reload(
    sign_in: Enter, acme: Company, carla: Contact, tab: str
) -> None:
    browser, url = sign_in("olga"), f"{acme.get_absolute_url()}?tab={tab}"

    fragment = text(browser.get(url, headers={"HX-Request": "true"}))

    assert fragment.count('aria-current="page"') == 1
    assert f'?tab={tab}" aria-current="page"' in text(browser.get(url))


def test_chats_and_calls_of_a_contact_are_those_one_sees(
    sign_in: Enter, carla: Contact, chat: WahaChat
) -> None:
    make_call(chat=chat)
    unseen = make_chat(contact=carla, name="On another number")
    make_call(chat=unseen)
    browser = sign_in("olga")

    chats = text(browser.get(f"{carla.get_absolute_url()}?tab=chats"))
    calls = text(browser.get(f"{carla.get_absolute_url()}?tab=calls"))

    assert (f'"{chat.get_absolute_url()}"' in chats, unseen.get_absolute_url() in chats) == (
        True,
        False,
    )
    assert (chat.get_absolute_url() in calls, unseen.get_absolute_url() in calls) == (True, False)


def test_numbers_of_a_company_are_those_one_sees(
    sign_in: Enter, acme: Company, carla: Contact, number: WahaSession
) -> None:
    number.company = acme
    number.save()

    page = text(sign_in("olga").get(f"{acme.get_absolute_url()}?tab=numbers"))

    assert reverse("numbers:detail", args=[number.pk]) in page


@pytest.mark.parametrize("tab", ["notes", "files", "chats", "calls", "history"])
def test_contact_page_costs_the_same_whatever_hangs_on_it(
    sign_in: Enter,
    carla: Contact,
    number: WahaSession,
    tab: str,
    users: dict[str, User],
    assert_same_queries: Callable[..., None],
) -> None:
    browser = sign_in("olga")

    def grow(count: int) -> None:
        for each in range(count):
            make_note(carla, f"note {each}", by=users["olga"])
            make_call(chat=make_chat(session=number, contact=carla))
            records.add_note(carla, text="again", by=users["olga"])

    assert_same_queries(
        lambda: browser.get(f"{carla.get_absolute_url()}?tab={tab}"), grow, at_most=16
    )


def test_contact_is_added_with_company_and_addresses(
    sign_in: Enter, users: dict[str, User]
) -> None:
    answer = sign_in("olga").post(
        reverse("contacts:add"),
        {
            "name": "New Nina",
            "company_name": "Brand new Ltd",
            "phones": "+44 7700 900777\n\n+44 7700 900777",
            "emails": "Nina@Example.com",
        },
    )

    nina = Contact.objects.get(name="New Nina")
    assert answer["Location"] == nina.get_absolute_url()
    assert (str(nina.company), nina.created_by) == ("Brand new Ltd", users["olga"])
    assert set(nina.identities.values_list("kind", "value")) == {
        ("phone", "+447700900777"),
        ("email", "nina@example.com"),
    }
    assert AuditLog.objects.filter(event="contact.added", object_id=nina.pk).count() == 1


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("phones", "0171 234", "is no phone number"),
        ("phones", "+44 77", "too long or too short"),
        ("emails", "nina", "is no e-mail address"),
        ("name", "", "This field is required"),
        ("phones", "+447700900123", "already belongs to another contact"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    sign_in: Enter, carla: Contact, field: str, typed: str, words: str
) -> None:
    form = {"name": "Nina", "company_name": "Never", "phones": "", "emails": "", field: typed}

    answer = sign_in("olga").post(reverse("contacts:add"), form)

    assert words in text(answer)
    assert list(Contact.objects.all()) == [carla]
    assert not Company.objects.filter(name="Never").exists()


def test_contact_added_with_a_phone_takes_the_chats_under_it(
    sign_in: Enter, chat: WahaChat
) -> None:
    sign_in("olga").post(
        reverse("contacts:add"),
        {"name": "Carla", "company_name": "", "phones": "+447700900123", "emails": ""},
    )

    chat.refresh_from_db()
    assert chat.contact == Contact.objects.get(name="Carla")


def test_edit_changes_what_it_shows_and_keeps_hidden_phones(
    sign_in: Enter, carla: Contact, users: dict[str, User]
) -> None:
    users["olga"].user_permissions.clear()
    browser = sign_in("olga", Can.CHANGE_CONTACTS)

    page = text(browser.get(reverse("contacts:edit", args=[carla.pk])))
    browser.post(
        reverse("contacts:edit", args=[carla.pk]),
        {"name": "Carla W.", "company_name": "Acme", "emails": "c@example.com"},
    )

    carla.refresh_from_db()
    assert "900123" not in page
    assert carla.name == "Carla W."
    assert set(carla.identities.values_list("kind", "value")) == {
        ("phone", "+447700900123"),
        ("wa", "447700900123@c.us"),
        ("email", "c@example.com"),
    }


def test_company_that_one_may_not_add_is_not_made(sign_in: Enter, carla: Contact) -> None:
    answer = sign_in("olga", Can.CHANGE_CONTACTS).post(
        reverse("contacts:edit", args=[carla.pk]),
        {"name": "Carla", "company_name": "Unheard of", "phones": "", "emails": ""},
    )

    assert "There is no company of this name" in text(answer)
    assert not Company.objects.filter(name="Unheard of").exists()


@pytest.mark.parametrize("space", ["contacts", "companies", "instructors"])
def test_record_is_archived_and_put_back(
    sign_in: Enter, users: dict[str, User], space: str
) -> None:
    record = {
        "contacts": Contact.objects.create(name="Anna", created_by=users["olga"]),
        "companies": Company.objects.create(name="Anna", created_by=users["olga"]),
        "instructors": Instructor.objects.create(name="Anna", created_by=users["olga"]),
    }[space]
    browser = sign_in("olga")

    browser.post(reverse(f"{space}:archive", args=[record.pk]))
    archived = text(browser.get(f"/{space}/"))
    browser.post(reverse(f"{space}:restore", args=[record.pk]))

    assert record.get_absolute_url() not in archived
    assert record.get_absolute_url() in text(browser.get(f"/{space}/"))


def test_instructor_is_added_and_changed(sign_in: Enter) -> None:
    browser = sign_in("olga")
    form = {
        "name": "Ina",
        "subjects": "Welding",
        "email": "ina@example.com",
        "phone": "+447700900888",
    }

    browser.post(reverse("instructors:add"), form)
    ina = Instructor.objects.get()
    browser.post(
        reverse("instructors:edit", args=[ina.pk]), form | {"subjects": "Welding, brazing"}
    )

    ina.refresh_from_db()
    assert (ina.email, ina.phone, ina.subjects) == (
        "ina@example.com",
        "+447700900888",
        "Welding, brazing",
    )
    changed = AuditLog.objects.get(event="instructor.changed")
    assert changed.new_values == {"subjects": "Welding, brazing"}


def test_note_is_added_shown_and_deleted_by_who_wrote_it(
    sign_in: Enter, carla: Contact, users: dict[str, User]
) -> None:
    vera, htmx = sign_in("vera", Can.SEE_PHONES), {"HX-Request": "true"}
    url = reverse("contacts:note-add", args=[carla.pk])

    shown = text(vera.post(url, {"text": "<b>Call</b> back"}, headers=htmx))
    note = Note.objects.get()
    other = make_note(carla, "of somebody else", by=users["mia"])
    refused = vera.post(reverse("contacts:note-delete", args=[carla.pk, other.pk]))
    vera.post(reverse("contacts:note-delete", args=[carla.pk, note.pk]), headers=htmx)

    assert "&lt;b&gt;Call&lt;/b&gt; back" in shown
    assert refused.status_code == 403
    assert list(Note.objects.all()) == [other]


def test_note_of_another_record_is_not_found(sign_in: Enter, carla: Contact, acme: Company) -> None:
    note = make_note(acme, "on the company")

    answer = sign_in("olga").post(reverse("contacts:note-delete", args=[carla.pk, note.pk]))

    assert (answer.status_code, Note.objects.count()) == (404, 1)


def test_empty_note_says_so(sign_in: Enter, carla: Contact) -> None:
    answer = sign_in("olga").post(reverse("contacts:note-add", args=[carla.pk]), {"text": " "})

    assert "This field is required" in text(answer)


def test_company_names_are_offered_as_far_as_one_sees_them(
    sign_in: Enter, carla: Contact, foreign: Contact
) -> None:
    browser = sign_in("olga")

    assert 'value="Acme"' in text(browser.get("/companies/names/?company_name=ac"))
    assert text(browser.get("/companies/names/?company_name=for")).strip() == ""


def test_thread_links_to_contact_and_company(
    sign_in: Enter, carla: Contact, acme: Company, chat: WahaChat
) -> None:
    browser = sign_in("olga")

    pages = [
        text(browser.get(url))
        for url in (chat.get_absolute_url(), reverse("inbox:chat-details", args=[chat.pk]))
    ]

    for page in pages:
        assert f'"{carla.get_absolute_url()}"' in page
        assert f'"{acme.get_absolute_url()}"' in page


def test_thread_adds_who_writes_to_the_contacts(
    sign_in: Enter, chat: WahaChat, users: dict[str, User]
) -> None:
    browser, url = sign_in("olga"), reverse("inbox:chat-contact", args=[chat.pk])
    assert url in text(browser.get(chat.get_absolute_url()))

    answer = browser.post(url)

    contact = Contact.objects.get()
    chat.refresh_from_db()
    assert answer["Location"] == contact.get_absolute_url()
    assert (chat.contact, contact.name) == (contact, "Carla")
    assert set(contact.identities.values_list("kind", "value")) == {
        ("phone", "+447700900123"),
        ("wa", "447700900123@c.us"),
    }


def test_thread_finds_a_contact_that_is_there(sign_in: Enter, chat: WahaChat) -> None:
    known = make_contact(name="Carla Weiss", phone="+447700900123")

    sign_in("olga").post(reverse("inbox:chat-contact", args=[chat.pk]))

    chat.refresh_from_db()
    assert (chat.contact, Contact.objects.count()) == (known, 1)


def test_nobody_is_added_from_a_group(sign_in: Enter, number: WahaSession) -> None:
    group = make_chat(session=number, chat_id="120363000000000001@g.us")

    answer = sign_in("olga").post(reverse("inbox:chat-contact", args=[group.pk]))

    assert (answer["Location"], Contact.objects.count()) == (group.get_absolute_url(), 0)


def test_number_is_given_to_a_company(
    sign_in: Enter, number: WahaSession, acme: Company, carla: Contact
) -> None:
    browser, url = sign_in("mia"), reverse("numbers:company", args=[number.pk])

    refused = text(browser.post(url, {"company_name": "Unheard of"}))
    browser.post(url, {"company_name": "acme"})

    number.refresh_from_db()
    assert "There is no company of this name" in refused
    assert number.company == acme
    assert 'value="Acme"' in text(browser.get(url))


def test_history_says_who_did_what(sign_in: Enter, carla: Contact) -> None:
    browser = sign_in("olga")
    browser.post(
        reverse("contacts:edit", args=[carla.pk]),
        {"name": "Carla", "company_name": "", "phones": "+447700900123", "emails": ""},
    )
    browser.post(reverse("contacts:archive", args=[carla.pk]))

    page = text(browser.get(f"{carla.get_absolute_url()}?tab=history"))

    said = re.findall(r'<p><b dir="auto">Olga</b> (\w+)', page)
    assert said == ["archived", "changed"]
    assert sorted(re.findall(r'<dt dir="auto">(\w+)</dt>', page)) == ["Company", "Name"]


def test_instructors_stand_on_their_contacts_page(sign_in: Enter, carla: Contact) -> None:
    ina = make_instructor(name="Carla teaches", contact=carla)
    browser = sign_in("olga")

    assert ina.get_absolute_url() in text(browser.get(carla.get_absolute_url()))
    assert carla.get_absolute_url() in text(browser.get(ina.get_absolute_url()))
