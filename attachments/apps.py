"""The attachments app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttachmentsConfig(AppConfig):
    """Files on any record."""

    name = "attachments"
    verbose_name = _("Files")
