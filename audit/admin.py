"""Read-only pages of the two logs, and what every admin page of ours builds on."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from audit import log
from audit.models import AuditLog, ErrorLog
from mercury.db.bounded import BoundedChangeList, BoundedPaginator


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
    """Writes down who added, changed or deleted what; names of fields, never their values."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        log.record(f"{obj._meta.model_name}.added", target=obj, by=_actor(request))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        log.record(
            f"{obj._meta.model_name}.changed",
            target=obj,
            by=_actor(request),
            new={"fields": _changed(message)},
        )
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            log.record(f"{obj._meta.model_name}.deleted", target=obj, by=_actor(request))
        return super().log_deletions(request, queryset)


class ReadOnlyAdmin(BoundedAdmin):
    """Pages to look at; nobody adds, changes or deletes here, superusers neither."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _actor(request: HttpRequest) -> Model | None:
    return request.user if isinstance(request.user, Model) else None


def _changed(message: Any) -> list[str]:
    """Field names out of Django's change message."""
    parts = message if isinstance(message, list) else []
    return sorted({name for part in parts for name in part.get("changed", {}).get("fields", [])})


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
