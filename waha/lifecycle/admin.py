"""Admin pages of the life cycle: legal holds, archived months, erasing a person."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.admin import AuditedAdmin, ReadOnlyAdmin
from crm import admin as contact_pages  # noqa: F401  # registers contacts before us
from crm.models import Contact
from mercury.db.locks import Busy
from waha.lifecycle import erasure, holds
from waha.lifecycle.erasure import ErasureRefused
from waha.models import WahaArchiveMonth, WahaHold


@admin.register(WahaHold)
class WahaHoldAdmin(AuditedAdmin):
    """Placed and released, never changed or deleted: who held what is evidence itself."""

    list_display = ["pk", "chat", "contact", "reason", "placed_by", "created_at", "released_at"]
    fields = ["chat", "contact", "reason"]
    raw_id_fields = ["contact"]
    actions = ["release"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "chat":
            # Chats have no page to look one up; their number stands in the inbox's address.
            kwargs["widget"] = AdminTextInputWidget()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: WahaHold, form: Any, change: bool) -> None:
        placed = holds.place(
            chat=obj.chat, contact=obj.contact, reason=obj.reason, by=_user(request)
        )
        obj.pk = placed.pk

    @admin.action(description=gettext_lazy("Release"), permissions=["add"])
    def release(self, request: HttpRequest, queryset: QuerySet[WahaHold]) -> None:
        for hold in queryset:
            holds.release(hold=hold, by=_user(request))
        messages.success(request, _("Released. What they kept falls to retention again."))


@admin.register(WahaArchiveMonth)
class WahaArchiveMonthAdmin(ReadOnlyAdmin):
    list_display = ["month", "shard", "state", "rows", "archived_at", "dropped_at", "purged_at"]
    list_filter = ["state"]


@admin.action(description=gettext_lazy("Erase these people"))
def erase(
    modeladmin: Any, request: HttpRequest, queryset: QuerySet[Contact]
) -> HttpResponse | None:
    """Say what an erasure would reach, then do it when it is confirmed."""
    people = [erasure.find(contact=contact) for contact in queryset]
    if "confirm" not in request.POST:
        context = {
            **admin.site.each_context(request),
            "title": _("Erase these people?"),
            "people": [(person.contact, erasure.look(person).items()) for person in people],
            "stays": erasure.STAYS,
        }
        return render(request, "admin/waha/erase_people.html", context)
    for person in people:
        try:
            erasure.erase(person, by=_user(request))
        except (Busy, ErasureRefused) as refusal:
            messages.error(request, f"{person.contact}: {refusal}")
        else:
            messages.success(request, _("Erased."))
    return None


def offer_erasure() -> None:
    """Put the erasing of people on the contacts' own page, for superusers."""
    page: Any = admin.site._registry[Contact]
    offered = page.get_actions

    def get_actions(request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = offered(request)
        if getattr(request.user, "is_superuser", False):
            actions["erase"] = (erase, "erase", erase.short_description)  # type: ignore[attr-defined]
        return actions

    page.get_actions = get_actions


def _user(request: HttpRequest) -> Any:
    return request.user


offer_erasure()
