"""Kinds of files and what each may be."""

from django.contrib import admin

from attachments.models import AttachmentType
from audit.admin import AuditedAdmin


@admin.register(AttachmentType)
class AttachmentTypeAdmin(AuditedAdmin):
    list_display = ["name", "description", "extensions", "max_size"]
    search_fields = ["name"]
