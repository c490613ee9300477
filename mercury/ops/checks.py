"""Django's system checks of the database server: `manage.py check --database default`."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from mercury.ops import database_probes
from mercury.ops.findings import State

IDS = {
    "server version": "mercury.E001",
    "strict mode": "mercury.E002",
    "character set": "mercury.E003",
    "time zones": "mercury.E004",
}


@register(Tags.database)
def check_server(
    app_configs: Sequence[Any] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Report a MySQL or MariaDB that is too old or set up so that data would be lost or not found.

    Pending migrations are none of these: `migrate` runs these checks too.
    """
    return [
        Error(f"{alias}: {finding.sentence}", hint=finding.mend, id=IDS[finding.name])
        for alias in databases or []
        for finding in database_probes.server(alias)
        if finding.state is State.BROKEN
    ]
