"""Django's database sessions, with whose they are in columns of their own (SESSION_ENGINE)."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

SIGN_IN_KEY = "sign_in"


class SessionStore(DatabaseStore):
    """Keeps `user_id` and `sign_in_id` of a session readable without opening it."""

    @classmethod
    def get_model_class(cls) -> Any:
        # Sessions are named in the settings, before any model is loaded.
        from accounts.models import BrowserSession  # noqa: PLC0415

        return BrowserSession

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row: Any = super().create_model_instance(data)
        user, sign_in = data.get(SESSION_KEY), data.get(SIGN_IN_KEY)
        row.user_id = int(user) if user else None
        row.sign_in_id = int(sign_in) if sign_in else None
        return row
