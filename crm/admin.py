"""Companies and contacts, as far as the user may see them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from accounts.permissions import Can
from audit.admin import AuditedAdmin, PhonelessSearch, VisibleChoices
from crm.models import Company, Contact, ContactIdentity, Instructor
from mercury.ui import phones


class ScopedAdmin(PhonelessSearch, VisibleChoices, AuditedAdmin):
    """Rows through `visible_to`; archived, never deleted. A phone for a name is masked."""

    exclude = ["created_by"]

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def called(self, row: Any) -> str:
        return str(row)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The name too where it is masked: saving the page would save the mask."""
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, "called"] if _is_masked(obj) else fixed

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if not _is_masked(obj):
            return super().get_fields(request, obj)
        hidden = {"name", "called", *(self.get_exclude(request, obj) or ())}
        columns = [field.name for field in self.model._meta.fields if field.editable]
        return ["called", *(name for name in columns if name not in {*hidden, "id"})]

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
    """Addresses in clear; private ones are marked and read on the contact's own page."""

    model = ContactIdentity
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(value__isnull=False)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_see = request.user.has_perm(Can.SEE_PHONES)
        return may_see and request.user.has_perm(Can.CHANGE_CONTACTS)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_see = request.user.has_perm(Can.SEE_PHONES)  # what stands here are mostly phones
        return may_see and request.user.has_perm(Can.VIEW_CONTACTS)

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Company)
class CompanyAdmin(ScopedAdmin):
    list_display = ["called", "website", "archived_at"]
    search_fields = ["name"]
    ordering = ["name"]


@admin.register(Contact)
class ContactAdmin(ScopedAdmin):
    list_display = ["called", "company", "archived_at"]
    search_fields = ["name", "identities__value"]
    raw_id_fields = ["company"]
    ordering = ["name"]
    inlines = [IdentityInline]

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Search by phone only where one may see them: the answers would tell."""
        return ["name", "identities__value"] if request.user.has_perm(Can.SEE_PHONES) else ["name"]


@admin.register(Instructor)
class InstructorAdmin(ScopedAdmin):
    list_display = ["called", "subjects", "archived_at"]
    search_fields = ["name"]
    raw_id_fields = ["contact"]
    ordering = ["name", "pk"]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Their phone only where one may see phones."""
        hidden = [] if request.user.has_perm(Can.SEE_PHONES) else ["phone"]
        return ["created_by", *hidden]


def _is_masked(row: Any) -> bool:
    return row is not None and phones.name(row.name) != row.name
