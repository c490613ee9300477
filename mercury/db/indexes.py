"""Indexes under the names that the schema fixes."""

from django.db import models


class NamedIndex(models.Index):
    """An index whose name may have 64 characters, as MySQL, MariaDB and SQLite allow.

    Django stops at 30 because of Oracle; the schema's names are longer.
    """

    max_name_length = 64
