"""The attachments app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttachmentsConfig(AppConfig):
    """Files on any record."""

    name = "attachments"
    verbose_name = _("Files")

    def ready(self) -> None:
        # Models may only be imported once all apps are loaded.
        from accounts import departures
        from attachments.models import Attachment

        departures.register_trace(
            _("files they uploaded"),
            lambda user: Attachment.objects.filter(uploaded_by=user).exists(),
        )
