"""The attachments app."""

from django.apps import AppConfig
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _


class AttachmentsConfig(AppConfig):
    """Files on any record."""

    name = "attachments"
    verbose_name = _("Files")

    def ready(self) -> None:
        # Models may only be imported once all apps are loaded.
        from accounts import departures, profile_parts
        from accounts.models import User
        from accounts.permissions import Can
        from attachments import panels, visibility
        from attachments.models import Attachment

        profile_parts.register(profile_parts.Part("attachments/_own_picture.html", lambda user: {}))
        profile_parts.register(
            profile_parts.Part("attachments/_own_files.html", lambda user: panels.read(user, user))
        )
        # Whoever reads a colleague's name sees their picture beside it.
        pictures = Q(
            Exists(User.objects.filter(pk=OuterRef("model_id"), picture_key=OuterRef("uuid")))
        )
        visibility.register(
            "accounts.user",
            lambda user: Q() if user.has_perm(Can.VIEW_USERS) else Q(model_id=user.pk) | pictures,
            change=lambda user, record: record.pk == user.pk or user.has_perm(Can.CHANGE_USERS),
        )

        departures.register_trace(
            _("files they uploaded"),
            lambda user: Attachment.objects.filter(uploaded_by=user).exists(),
        )
