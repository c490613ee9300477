"""Which database a query goes to."""

from typing import Any

from django.db import models


class JournalRouter:
    """Keeps `journal` to the code that names it: same database, short timeouts, no migrations."""

    def allow_relation(
        self, first: models.Model, second: models.Model, **hints: Any
    ) -> bool | None:
        aliases = {first._state.db, second._state.db}
        return True if aliases <= {"default", "journal"} else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == "journal" else None
