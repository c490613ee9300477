"""Columns whose collation matters."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class ExactCharField(models.CharField):  # type: ignore[type-arg]  # no [] at run time
    """Text that is equal only to itself: ids, tokens, hashes, e-mail.

    MySQL's default collation takes `AbC`, `abc` and `abć` for the same under UNIQUE, so the
    column is utf8mb4_bin there. SQLite compares bytes anyway and does not know that name.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters: dict[str, Any] = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_bin"
        return parameters


class AddressField(models.GenericIPAddressField):  # type: ignore[type-arg]  # no [] at run time
    """An IP address as VARCHAR(45), the length of the longest one with an IPv4 tail.

    Django's own is CHAR(39), which such an address does not fit.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.max_length = 45

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "varchar(45)"
