"""Columns whose collation matters, and addresses of web pages."""

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


class WebAddressField(models.URLField):  # type: ignore[type-arg]  # no [] at run time
    """An URL whose forms take `example.com` for https, as Django 6 will by itself."""

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        return super().formfield(*args, **{"assume_scheme": "https", **kwargs})

    def deconstruct(self) -> Any:
        """Django's own field to migrations: the column is the same."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.URLField", args, kwargs
