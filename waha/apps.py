"""The waha app."""

from django.apps import AppConfig
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class WahaConfig(AppConfig):
    """Numbers, chats, messages and calls; tells the apps to its left what is seen through them."""

    name = "waha"
    verbose_name = _("WhatsApp")

    def ready(self) -> None:
        # Models may only be imported once all apps are loaded.
        from accounts import access, departures
        from accounts.models import User
        from attachments import panels as file_panels
        from attachments import visibility as file_visibility
        from crm import sections
        from mercury.db import backfill
        from waha import audited, backfills, customers, sharing, updates
        from waha.inbox.customers import SECTIONS
        from waha.models import WahaChat, WahaMessage, WahaMessageArchive, WahaSession
        from waha.models.sharing import Level, session_ids

        def numbers(user: User) -> object:
            """The numbers shared with this user, each once."""
            return WahaSession.objects.visible_to(user)

        User.add_to_class("waha_sessions", property(numbers))
        audited.register()
        backfill.register(backfills.READS_BEHIND)
        access.on_change(updates.access_changed)
        departures.register_belongings(
            departures.Belongings(sharing.titles_owned_by, sharing.hand_over_all)
        )
        departures.register_trace(
            _("messages they sent"),
            lambda user: any(
                table.objects.filter(sent_by=user).exists()
                for table in (WahaMessage, WahaMessageArchive)
            ),
        )
        file_visibility.register(
            "waha.wahamessage",
            lambda user: Q(
                chat_id__in=WahaChat.objects.filter(session_id__in=session_ids(user)).values("pk")
            ),
        )
        file_panels.register_action(
            file_panels.Action(
                _("Send in a chat"),
                "send",
                "inbox:file-chats",
                lambda user: bool(session_ids(user, Level.REPLY)),
            )
        )
        customers.connect()
        for section in SECTIONS:
            sections.register(section)
