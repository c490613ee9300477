"""WAHA servers, numbers with whom they are shared, the journal and what is on its way."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permissions import Can
from audit.admin import AuditedAdmin, PhonelessSearch, ReadOnlyAdmin, VisibleChoices
from mercury.ui import phones
from waha import sharing
from waha.forms import RoleGrantForm, ServerForm, SessionForm, UserGrantForm
from waha.inbound import journal
from waha.lifecycle import admin as lifecycle_pages  # noqa: F401  # registers its pages
from waha.models import (
    Level,
    RoleWaha,
    UserWaha,
    WahaEvent,
    WahaOutbox,
    WahaServer,
    WahaSession,
)
from waha.models.sharing import session_ids
from waha.outbound import admin_actions


@admin.register(WahaServer)
class WahaServerAdmin(AuditedAdmin):
    form = ServerForm
    list_display = [
        "name", "url", "engine", "version", "accepts_new", "max_sessions", "last_seen_at",
    ]  # fmt: skip
    readonly_fields = ["engine", "version", "last_seen_at", "last_error"]
    fields = [
        "name", "url", "api_key", "accepts_new", "max_sessions", "engine", "version",
        "last_seen_at", "last_error",
    ]  # fmt: skip

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None or obj.sessions.exists():
            return False
        return super().has_delete_permission(request, obj)


class PlainChoices:
    """Lists to choose from without the buttons that change what is listed."""

    def formfield_for_dbfield(self, *args: Any, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_dbfield(*args, **kwargs)  # type: ignore[misc]  # the admin's
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


class GrantInline(PlainChoices, admin.TabularInline):  # type: ignore[type-arg]  # no [] at run time
    """Shares, for whoever may change numbers; saved by `sharing`, which writes it down."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(Can.VIEW_NUMBERS)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(Can.CHANGE_NUMBERS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(Can.CHANGE_NUMBERS)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(Can.CHANGE_NUMBERS)


class UserGrantInline(GrantInline):
    model = UserWaha
    form = UserGrantForm
    fields = ["user", "level"]
    verbose_name_plural = gettext_lazy("people who may see it")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user", "permission")


class RoleGrantInline(GrantInline):
    model = RoleWaha
    form = RoleGrantForm
    fields = ["group", "level"]
    verbose_name_plural = gettext_lazy("roles that may see it")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("group__role", "permission")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "group":
            kwargs["queryset"] = Group.objects.filter(role__isnull=False).select_related("role")
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "group":
            field.label = _("role")
            field.label_from_instance = lambda group: group.role.label
        return field


@admin.register(WahaSession)
class WahaSessionAdmin(PhonelessSearch, PlainChoices, VisibleChoices, AuditedAdmin):
    """Numbers are connected under Numbers; here they are named, shared and handed over."""

    form = SessionForm
    list_display = ["called", "name", "shown_phone", "status", "user", "server", "last_event_at"]
    list_filter = ["status"]
    search_fields = ["title", "name"]  # see get_search_fields
    fields = [
        "title", "name", "shown_phone", "user", "company", "seen_policy", "server", "waha_name",
        "status", "waha_status", "status_changed_at", "last_event_at", "last_synced_at",
    ]  # fmt: skip
    readonly_fields = [
        "name", "shown_phone", "server", "waha_name", "status", "waha_status", "status_changed_at",
        "last_event_at", "last_synced_at",
    ]  # fmt: skip
    raw_id_fields = ["company"]
    inlines = [UserGrantInline, RoleGrantInline]

    @admin.display(description=gettext_lazy("title"), ordering="title")
    def called(self, session: WahaSession) -> str:
        return phones.name(session.title)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The title as they see it where it is a masked phone: saving would save the mask."""
        found = super().get_fields(request, obj)
        return ["called", *found[1:]] if _is_masked(obj) else found

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return ["called", *fixed] if _is_masked(obj) else fixed

    @admin.display(description=gettext_lazy("phone"))
    def shown_phone(self, session: WahaSession) -> str:
        return phones.phone(session.phone)

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Search by phone only where one may see them: the answers would tell."""
        return ["title", "name", "phone"] if phones.are_shown() else ["title", "name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: WahaSession, form: Any, change: bool) -> None:
        heir = obj.user
        obj.user = WahaSession.objects.select_related("user").get(pk=obj.pk).user
        obj.save(update_fields=["title", "company", "seen_policy", "updated_at"])
        if heir != obj.user:
            self._try(request, sharing.hand_over, session=obj, to=heir)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        session = formset.instance
        for each in formset.forms:
            target = each.cleaned_data and _target(each.instance)
            if not target:
                continue
            if each in formset.deleted_forms:
                if each.instance.pk is not None:
                    self._try(request, sharing.unshare, session=session, **target)
            elif each.has_changed():
                level = Level(each.cleaned_data["level"])
                self._try(request, sharing.share, session=session, level=level, **target)
        # What Django's change message reads; the saving is done.
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []

    def _try(self, request: HttpRequest, change: Any, **what: Any) -> None:
        try:
            change(by=request.user, **what)
        except sharing.SharingRefused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)


class OwnNumbersAdmin(ReadOnlyAdmin):
    """Rows of the numbers that are shared with whoever looks."""

    @admin.display(description=gettext_lazy("last error"))
    def error(self, row: Any) -> str:
        return phones.name(row.last_error)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        if not isinstance(request.user, User):
            return super().get_queryset(request).none()
        return super().get_queryset(request).filter(session_id__in=session_ids(request.user))


@admin.register(WahaEvent)
class WahaEventAdmin(OwnNumbersAdmin):
    """The journal without the bodies: those are customers' messages."""

    list_display = ["id", "received_at", "session", "event", "state", "attempts", "reason"]
    list_filter = ["state"]
    search_fields = ["envelope_id"]
    ordering = ["-id"]
    actions = ["replay"]
    fields = [
        "session", "event", "envelope_id", "state", "attempts", "due_at", "error",
        "received_at", "processed_at",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[WahaEvent]:
        return super().get_queryset(request).defer("body")

    @admin.display(description=gettext_lazy("reason"))
    def reason(self, event: WahaEvent) -> str:
        return phones.name(event.last_error[:120])

    @admin.action(description=gettext_lazy("Replay these events"), permissions=["view"])
    def replay(self, request: HttpRequest, queryset: QuerySet[WahaEvent]) -> None:
        again = journal.replay(queryset)
        self.message_user(
            request, _("%(number)s events will be applied again.") % {"number": again}
        )


@admin.register(WahaOutbox)
class WahaOutboxAdmin(OwnNumbersAdmin):
    list_display = ["id", "created_at", "session", "chat_number", "state", "attempts", "reason"]
    list_filter = ["state"]
    ordering = ["-id"]
    actions = ["retry", "discard"]
    fields = [
        "session", "state", "attempts", "due_at", "lease_until", "posted_at", "error",
        "created_at",
    ]  # fmt: skip

    @admin.action(description=gettext_lazy("Send these again"), permissions=["view"])
    def retry(self, request: HttpRequest, queryset: QuerySet[WahaOutbox]) -> None:
        if isinstance(request.user, User):
            admin_actions.retry(request.user, queryset, request)

    @admin.action(description=gettext_lazy("Discard these"), permissions=["view"])
    def discard(self, request: HttpRequest, queryset: QuerySet[WahaOutbox]) -> None:
        if isinstance(request.user, User):
            admin_actions.discard(request.user, queryset, request)

    @admin.display(description=gettext_lazy("chat"))
    def chat_number(self, row: WahaOutbox) -> int:
        return row.chat_id

    @admin.display(description=gettext_lazy("reason"))
    def reason(self, row: WahaOutbox) -> str:
        return phones.name(row.last_error[:120])


def _is_masked(session: WahaSession | None) -> bool:
    return session is not None and phones.name(session.title) != session.title


def _target(grant: UserWaha | RoleWaha) -> dict[str, Any]:
    """Whom a row of an inline speaks of, as `sharing` takes it; empty for an empty row."""
    if isinstance(grant, UserWaha):
        return {"user": grant.user} if grant.user_id else {}
    return {"role": grant.group.role} if grant.group_id else {}
