"""The accounts app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mercury.db import rotation
from mercury.db.rotation import Column


class AccountsConfig(AppConfig):
    """Users, roles, permissions and sign-in."""

    name = "accounts"
    verbose_name = _("People and roles")

    def ready(self) -> None:
        rotation.register(Column("mfa_authenticator", "data", kind="json"))
        # Models may only be imported once all apps are loaded.
        from accounts import audited, doors

        audited.register()
        doors.register()
