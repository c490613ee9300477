"""Entries of the audit log as sentences about one record."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import AuditLog

WORDS: dict[str, str | Promise] = {
    "added": gettext_lazy("added it"),
    "archived": gettext_lazy("archived it"),
    "restored": gettext_lazy("put it back on the list"),
    "merged": gettext_lazy("merged a duplicate into it"),
    "unmerged": gettext_lazy("undid a merge"),
    "pictured": gettext_lazy("changed the picture"),
    "deleted": gettext_lazy("deleted it"),
    "erased": gettext_lazy("erased the person"),
}
NOTES: dict[str, str | Promise] = {
    "note.added": gettext_lazy("wrote a note"),
    "note.deleted": gettext_lazy("deleted a note"),
    "attachment.added": gettext_lazy("added a file"),
    "attachment.removed": gettext_lazy("deleted a file"),
    "attachment.moved": gettext_lazy("moved a file"),
    "attachment.restored": gettext_lazy("brought a file back"),
}
FIELDS: dict[str, str | Promise] = {
    "name": gettext_lazy("name"),
    "company": gettext_lazy("company"),
    "addresses": gettext_lazy("phones and e-mail addresses"),
    "website": gettext_lazy("website"),
    "subjects": gettext_lazy("subjects"),
    "email": gettext_lazy("e-mail"),
    "phone": gettext_lazy("phone"),
}


def sentence(entry: AuditLog) -> str:
    """What was done, to go after the name of who did it."""
    if entry.event in NOTES:
        return str(NOTES[entry.event])
    word = entry.event.rpartition(".")[2]
    if word == "changed":
        names = (entry.new_values or {}).get("fields") or []
        words = [str(FIELDS.get(name, name)) for name in names if isinstance(name, str)]
        return _("changed %(fields)s") % {"fields": ", ".join(words)} if words else _("changed it")
    return str(WORDS.get(word, entry.event))
