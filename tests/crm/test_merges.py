"""Duplicates: suggested, merged, taken apart."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from attachments import services
from attachments.models import Attachment
from crm import merges
from crm.merges import MergeRefused
from crm.models import Company, Contact, Instructor, Merge, Note
from tests.factories import make_chat, make_company, make_contact, make_instructor, make_note
from waha.lifecycle import erasure
from waha.models import WahaChat, WahaHold, WahaSession

pytestmark = [pytest.mark.django_db, pytest.mark.core]
Enter = Callable[..., Client]


def hang(contact: Contact, number: WahaSession, by: User) -> dict[str, set[int]]:
    """Put something of each kind on a contact."""
    make_note(contact, "a note")
    services.store([b"%PDF-1.4 x"], record=contact, name="a.pdf", by=by, max_bytes=100)
    make_chat(session=number, contact=contact)
    make_instructor(contact=contact)
    WahaHold.objects.create(contact=contact, reason="Case 7")
    return hanging(contact)


def hanging(contact: Contact) -> dict[str, set[int]]:
    rows = {
        "notes": Note.objects.of(contact),
        "files": Attachment.objects.of(contact),
        "chats": WahaChat.objects.filter(contact=contact),
        "holds": WahaHold.objects.filter(contact=contact),
        "addresses": contact.identities.all(),
        "instructors": contact.instructors.all(),
    }
    return {what: set(found.values_list("pk", flat=True)) for what, found in rows.items()}


@pytest.fixture
def twin(carla: Contact) -> Contact:
    return make_contact(name="carla weiss", phone="+447700900999")


def test_merge_moves_everything_and_undo_moves_it_back(
    carla: Contact, twin: Contact, number: WahaSession, users: dict[str, User]
) -> None:
    of_twin = hang(twin, number, users["olga"])
    of_carla = hang(carla, number, users["olga"])

    done = merges.merge(keep=carla, other=twin, by=users["mia"])
    merged = hanging(carla)
    twin.refresh_from_db()
    after = (twin.archived_at is not None, twin.merged_into, hanging(twin))
    merges.undo(done, by=users["mia"])

    twin.refresh_from_db()
    assert merged == {what: of_carla[what] | of_twin[what] for what in of_carla}
    assert after == (True, carla, {what: set() for what in of_twin})
    assert (hanging(carla), hanging(twin)) == (of_carla, of_twin)
    assert (twin.archived_at, twin.merged_into) == (None, None)


def test_undo_leaves_what_came_later_and_what_went_elsewhere(
    carla: Contact, twin: Contact, users: dict[str, User]
) -> None:
    note, moved_on = make_note(twin, "first"), make_note(twin, "second")
    done = merges.merge(keep=carla, other=twin, by=users["mia"])
    later = make_note(carla, "later")
    moved_on.delete()

    merges.undo(done, by=users["mia"])

    assert list(Note.objects.of(twin)) == [note]
    assert list(Note.objects.of(carla)) == [later]


def test_merge_takes_over_the_company_that_was_missing(
    twin: Contact, users: dict[str, User]
) -> None:
    lone = make_contact(name="Carla", company=None)
    company = make_company()
    Contact.objects.filter(pk=twin.pk).update(company=company)

    done = merges.merge(keep=lone, other=twin, by=users["mia"])
    lone.refresh_from_db()
    taken = lone.company
    merges.undo(done, by=users["mia"])

    lone.refresh_from_db()
    assert (taken, lone.company) == (company, None)


def test_companies_merge_with_their_people_and_numbers(
    acme: Company, carla: Contact, number: WahaSession, users: dict[str, User]
) -> None:
    keep = make_company(name="ACME")
    number.company = acme
    number.save()

    done = merges.merge(keep=keep, other=acme, by=users["mia"])
    carla.refresh_from_db()
    number.refresh_from_db()
    merged = (carla.company, number.company)
    merges.undo(done, by=users["mia"])

    carla.refresh_from_db()
    number.refresh_from_db()
    assert merged == (keep, keep)
    assert (carla.company, number.company) == (acme, acme)


def test_a_record_is_not_merged_with_itself_or_what_is_archived(
    carla: Contact, twin: Contact, users: dict[str, User]
) -> None:
    with pytest.raises(MergeRefused):
        merges.merge(keep=carla, other=carla, by=users["mia"])
    merges.merge(keep=carla, other=twin, by=users["mia"])

    with pytest.raises(MergeRefused, match="archived"):
        merges.merge(keep=carla, other=twin, by=users["mia"])


def test_a_merge_is_undone_once(carla: Contact, twin: Contact, users: dict[str, User]) -> None:
    done = merges.merge(keep=carla, other=twin, by=users["mia"])
    merges.undo(done, by=users["mia"])

    with pytest.raises(MergeRefused, match="undone already"):
        merges.undo(done, by=users["mia"])


def test_duplicates_are_suggested_among_what_one_sees(
    carla: Contact, twin: Contact, number: WahaSession, users: dict[str, User]
) -> None:
    make_contact(name="Somebody else")
    assert merges.suggest(carla, users["olga"]) == []

    make_chat(session=number, contact=twin)

    assert [each["pk"] for each in merges.suggest(carla, users["olga"])] == [twin.pk]


def test_a_phone_and_its_whatsapp_form_are_suggested(
    carla: Contact, users: dict[str, User]
) -> None:
    other = make_contact(name="Known by phone", created_by=users["olga"])
    carla.identities.filter(kind="wa").delete()
    other.identities.create(kind="wa", value="447700900123@c.us")

    assert [each["pk"] for each in merges.suggest(carla, users["olga"])] == [other.pk]


def test_pages_merge_and_undo(
    sign_in: Enter, carla: Contact, twin: Contact, number: WahaSession
) -> None:
    make_chat(session=number, contact=twin)
    browser = sign_in("olga")
    url = reverse("contacts:merge", args=[carla.pk, twin.pk])

    suggested = browser.get(carla.get_absolute_url()).content.decode()
    side_by_side = browser.get(url).content.decode()
    browser.post(url)
    undo = reverse("contacts:unmerge", args=[carla.pk, Merge.objects.get().pk])
    merged = browser.get(carla.get_absolute_url()).content.decode()
    browser.post(undo)

    twin.refresh_from_db()
    assert url in suggested
    assert "carla weiss" in side_by_side
    assert undo in merged
    assert twin.archived_at is None


def test_erasure_takes_notes_files_and_who_was_merged(
    carla: Contact,
    twin: Contact,
    users: dict[str, User],
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    note = make_note(twin, "about Carla")
    merges.merge(keep=carla, other=twin, by=users["mia"])
    make_instructor(name="Carla teaches", contact=carla)
    services.store([b"x"], record=carla, name="a.txt", by=None, max_bytes=9)

    counts = erasure.erase(erasure.find(contact=carla), by=users["mia"])

    twin.refresh_from_db()
    assert counts["notes and files"] == 2
    assert not Note.objects.filter(pk=note.pk).exists()
    assert not Attachment.objects.exists()
    assert (twin.name, Instructor.objects.get().name) == ("", "")
