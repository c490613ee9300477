"""Addresses of contacts, companies and instructors: the same for each kind."""

from django.urls import URLPattern, path

from crm.kinds import COMPANIES, CONTACTS, INSTRUCTORS, Kind
from crm.views import merges, notes, pictures, records


def of(kind: Kind) -> list[URLPattern]:
    """The addresses of one kind of record."""
    told = {"kind": kind}
    return [
        path("", records.record_list, told, name="list"),
        path("new/", records.record_add, told, name="add"),
        path("<int:pk>/", records.record_detail, told, name="detail"),
        path("<int:pk>/edit/", records.record_edit, told, name="edit"),
        path("<int:pk>/archive/", records.record_archive, told, name="archive"),
        path("<int:pk>/restore/", records.record_restore, told, name="restore"),
        path("<int:pk>/picture/", pictures.record_picture, told, name="picture"),
        path("<int:pk>/notes/", notes.note_add, told, name="note-add"),
        path("<int:pk>/notes/<int:note_pk>/delete/", notes.note_delete, told, name="note-delete"),
    ]


def mergeable(kind: Kind) -> list[URLPattern]:
    """The addresses of a kind of which there may be duplicates."""
    told = {"kind": kind}
    return [
        *of(kind),
        path("<int:pk>/merge/<int:other_pk>/", merges.record_merge, told, name="merge"),
        path("<int:pk>/unmerge/<int:merge_pk>/", merges.record_unmerge, told, name="unmerge"),
    ]


contacts = mergeable(CONTACTS), "contacts"
companies = (
    [path("names/", records.company_names, name="names"), *mergeable(COMPANIES)],
    "companies",
)
instructors = of(INSTRUCTORS), "instructors"
