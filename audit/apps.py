"""The audit app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """Audit and error logs; fills auditlog's entries from the request context."""

    name = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        from audit import audited, process, sentry, tracking  # models must be loaded

        audited.register()
        tracking.connect()
        process.connect()
        sentry.start()
