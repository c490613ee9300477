"""Kinds of files and what each may be."""

from typing import Any

from django.contrib import admin
from django.contrib.contenttypes.admin import GenericTabularInline
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin import UserAdmin
from accounts.permissions import Can
from attachments.forms import TypeForm
from attachments.models import Attachment, AttachmentType
from audit.admin import AuditedAdmin


@admin.register(AttachmentType)
class AttachmentTypeAdmin(AuditedAdmin):
    form = TypeForm
    fields = ["name", "description", "endings", "megabytes"]
    list_display = ["name", "description", "shown_endings", "shown_size"]
    search_fields = ["name"]

    @admin.display(description=_("allowed extensions"))
    def shown_endings(self, kind: AttachmentType) -> str:
        return ", ".join(sorted(kind.allowed)) or gettext("all")

    @admin.display(description=_("largest size"), ordering="max_size")
    def shown_size(self, kind: AttachmentType) -> str:
        return filesizeformat(kind.max_size)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The columns as they are read for who only looks: the form's fields are no columns."""
        if obj is not None and not self.has_change_permission(request, obj):
            return self.list_display
        return super().get_fields(request, obj)


class DocumentInline(GenericTabularInline):
    """The files on a record, to look at; they are changed on the record's own page."""

    model = Attachment
    ct_field, ct_fk_field = "model_type", "model_id"
    fields = readonly_fields = ("link", "type_name", "size", "uploaded_by", "created_at")
    verbose_name_plural = _("documents")
    extra = max_num = 0
    view_on_site = False  # the site has no such address

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        visible = Attachment.objects.visible_to(request.user)  # type: ignore[arg-type]  # staff
        return visible.select_related("uploaded_by")

    @admin.display(description=_("file"))
    def link(self, file: Attachment) -> str:
        return format_html('<a href="{}">{}</a>', file.get_absolute_url(), file.display_name)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(Can.VIEW_USERS)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission


# Users stand to the left of this app, so their documents are put on their page from here.
UserAdmin.inlines = [*UserAdmin.inlines, DocumentInline]
