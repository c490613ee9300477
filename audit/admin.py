"""Read-only pages of the two logs, and what every admin page of ours builds on."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import Field, TextInput
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from audit import log
from audit.models import NOUNS, AuditLog, ErrorLog, is_tracked
from mercury.db.bounded import BoundedChangeList, BoundedPaginator
from mercury.ui import phones


class BoundedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # no [] at run time
    """A list that costs the same however many rows the table has."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    view_on_site = False  # the site has no such address

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedChangeList]:
        return BoundedChangeList

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Ask for the permission first: Django would tell anybody whether the record is there."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)


class AuditedAdmin(BoundedAdmin):
    """Writes down who added, changed or deleted what, where the record does not do so itself."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        if not is_tracked(obj):
            _record("added", obj, request)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        # A tracked record tells its own columns; rows that hang on it are told here.
        fields = _changed(message, inlines_only=is_tracked(obj))
        if fields or not is_tracked(obj):
            _record("changed", obj, request, new={"fields": fields})
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            if not is_tracked(obj):
                _record("deleted", obj, request)
        return super().log_deletions(request, queryset)


class VisibleRawIdWidget(ForeignKeyRawIdWidget):
    """A record by its number, named only where it is among those to choose from."""

    choices: Any = ()

    def label_and_url_for_value(self, value: Any) -> tuple[str, str]:
        # Django names whatever number was sent, also one that was refused.
        label, url = super().label_and_url_for_value(value)
        found = bool(label or url) and self.choices.queryset.filter(pk=value).exists()
        return (label, url) if found else ("", "")


class UnseenWidget(TextInput):
    """Stands for a record that is there and not theirs to see."""

    def format_value(self, value: Any) -> str:
        return gettext("(a record that you cannot see)")


class UnseenField(Field):
    """A related record as it is, whatever is sent."""

    widget = UnseenWidget

    def __init__(self, kept: Model, label: Any) -> None:
        super().__init__(label=label, required=False, disabled=True)
        self.kept = kept

    def clean(self, value: Any) -> Model:
        return self.kept


class PhonelessSearch:
    """A search that tells nobody digits of phones that they see masked."""

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        if not phones.may_ask(search_term):
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)  # type: ignore[misc]  # the admin's


class VisibleChoices:
    """Related records are chosen from those that the user may see; one they cannot see stays."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Name no related record that they cannot see to who only looks, either."""
        found: Any = super().get_fieldsets(request, obj)  # type: ignore[misc]  # the admin's
        page: Any = self
        if obj is None or page.has_change_permission(request, obj):
            return found  # there the form's fields see to it
        fixed = page.get_readonly_fields(request, obj)

        def names(fields: Any) -> list[Any]:
            return [name if name in fixed else _shown(obj, name, request) for name in fields]

        return [
            (title, {**options, "fields": names(options["fields"])}) for title, options in found
        ]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Leave a related record that they cannot see as it is, also when they save the rest."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]  # the admin's
        for name, field in [*form.base_fields.items()] if obj is not None else ():
            rows, chosen = getattr(field, "queryset", None), getattr(obj, name, None)
            if rows is None or chosen is None or not hasattr(rows, "visible_to"):
                continue
            if not rows.filter(pk=chosen.pk).exists():
                form.base_fields[name] = UnseenField(chosen, field.label)
        return form

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        page: Any = self
        if db_field.name in page.raw_id_fields:
            widget = VisibleRawIdWidget(db_field.remote_field, page.admin_site)
            kwargs.setdefault("widget", widget)
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]  # the admin's
        if hasattr(field.queryset, "visible_to"):
            field.queryset = field.queryset.visible_to(request.user)
        return field


class ReadOnlyAdmin(BoundedAdmin):
    """Pages to look at; nobody adds, changes or deletes here, superusers neither."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _shown(obj: Model, name: Any, request: HttpRequest) -> Any:
    """The field of this name, or in its place a column that keeps a related record back."""
    columns = {field.name: field for field in obj._meta.concrete_fields if field.is_relation}
    chosen = getattr(obj, name) if name in columns else None
    model: Any = type(chosen)
    if chosen is None or not hasattr(getattr(model, "objects", None), "visible_to"):
        return name
    if model.objects.visible_to(request.user).filter(pk=chosen.pk).exists():
        return name

    @admin.display(description=columns[name].verbose_name)
    def unseen(_obj: Model) -> str:
        return gettext("(a record that you cannot see)")

    return unseen


def _record(verb: str, obj: Model, request: HttpRequest, **values: Any) -> None:
    name = obj._meta.model_name or ""
    log.record(f"{NOUNS.get(name, name)}.{verb}", target=obj, by=_actor(request), **values)


def _actor(request: HttpRequest) -> Model | None:
    return request.user if isinstance(request.user, Model) else None


def _changed(message: Any, *, inlines_only: bool) -> list[str]:
    """Out of Django's change message: names of fields, and of the kinds of rows below."""
    found: set[str] = set()
    for part in message if isinstance(message, list) else []:
        said: dict[str, Any] = next(iter(part.values()), {})
        if "name" in said:  # a row of an inline: "contact identity"
            found.add(str(said["name"]))
        elif not inlines_only:
            found.update(said.get("fields", []))
    return sorted(found)


# auditlog registers a page of its own for whichever model keeps its entries.
if admin.site.is_registered(AuditLog):
    admin.site.unregister(AuditLog)


@admin.register(AuditLog)
class AuditLogAdmin(ReadOnlyAdmin):
    list_display = ["timestamp", "actor", "event", "object_repr", "remote_addr"]
    list_select_related = ["content_type"]
    list_filter = ["timestamp"]
    search_fields = ["event", "object_repr", "actor__email"]
    fields = [
        "timestamp", "actor", "event", "content_type", "object_repr", "old_values", "new_values",
        "remote_addr", "url", "user_agent", "tags",
    ]  # fmt: skip


@admin.register(ErrorLog)
class ErrorLogAdmin(ReadOnlyAdmin):
    list_display = ["last_seen_at", "level", "message", "count", "first_seen_at", "resolved_at"]
    list_filter = ["level", "last_seen_at"]
    search_fields = ["message"]
    fields = [
        "level", "message", "count", "first_seen_at", "last_seen_at", "context", "extra",
        "resolved_by", "resolved_at",
    ]  # fmt: skip
