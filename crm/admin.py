"""Companies and contacts, as far as the user may see them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.permissions import Can
from audit.admin import AuditedAdmin
from crm.models import Company, Contact, ContactIdentity, Instructor


class ScopedAdmin(AuditedAdmin):
    """Rows through `visible_to`; archived, never deleted."""

    exclude = ["created_by"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = self.model._default_manager
        visible: QuerySet[Any] = rows.visible_to(request.user)
        return visible.order_by(*self.get_ordering(request))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class IdentityInline(admin.TabularInline):  # type: ignore[type-arg]  # no [] at run time
    model = ContactIdentity
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_see = request.user.has_perm(Can.SEE_PHONES)
        return may_see and request.user.has_perm(Can.CHANGE_CONTACTS)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_see = request.user.has_perm(Can.SEE_PHONES)  # what stands here are mostly phones
        return may_see and request.user.has_perm(Can.VIEW_CONTACTS)

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Company)
class CompanyAdmin(ScopedAdmin):
    list_display = ["name", "website", "archived_at"]
    search_fields = ["name"]
    ordering = ["name"]


@admin.register(Contact)
class ContactAdmin(ScopedAdmin):
    list_display = ["name", "company", "archived_at"]
    search_fields = ["name", "identities__value"]
    raw_id_fields = ["company"]
    ordering = ["name"]
    inlines = [IdentityInline]

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Search by phone only where one may see them: the answers would tell."""
        return ["name", "identities__value"] if request.user.has_perm(Can.SEE_PHONES) else ["name"]


@admin.register(Instructor)
class InstructorAdmin(ScopedAdmin):
    list_display = ["name", "subjects", "archived_at"]
    search_fields = ["name"]
    raw_id_fields = ["contact"]
    ordering = ["name", "pk"]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Their phone only where one may see phones."""
        hidden = [] if request.user.has_perm(Can.SEE_PHONES) else ["phone"]
        return ["created_by", *hidden]
