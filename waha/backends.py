"""Permissions on one number: `user.has_perm("waha.reply_wahasession", session)`."""

from typing import Any

from accounts.models import User
from waha.models import WahaSession
from waha.models.sharing import CODENAMES, levels


class SharingBackend:
    """Answers by the shares of a number, in guardian's place.

    guardian's own backend counts the roles of every kind of sign-in and asks the database for
    each number; this one reads what `visible_to` reads.
    """

    def authenticate(self, request: Any, **credentials: Any) -> None:
        """Sign nobody in."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        app, _, codename = perm.rpartition(".")
        wanted = CODENAMES.get(codename)
        if not isinstance(obj, WahaSession) or not isinstance(user_obj, User) or not wanted:
            return False
        return app in {"", "waha"} and levels(user_obj).get(obj.pk, 0) >= wanted
