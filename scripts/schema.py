#!/usr/bin/env python3
"""Writes docs/schema.md anew from DATABASE_URL, keeping its words.

After a migration: `scripts/servers.py run --mysql -- sh -c
"python manage.py migrate && python -m scripts.schema"`. New tables and columns come without
words: write them.
"""

import os
import re
import sys

import django
from django.db import connection

from scripts import schema_document
from scripts.schema_document import DOCUMENT


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mercury.settings")
    django.setup()
    if connection.vendor != "mysql" or getattr(connection, "mysql_is_mariadb", False):
        print("Set DATABASE_URL to a migrated MySQL: the document speaks its type names.")
        return 1
    text = DOCUMENT.read_text()
    DOCUMENT.write_text(rewritten(text))
    print(f"{DOCUMENT.name}: {'as it was' if DOCUMENT.read_text() == text else 'written anew'}")
    return 0


def rewritten(text: str) -> str:
    """The document with the database's tables and the models' relations."""
    before = schema_document.read_document(text)
    parts = []
    for name, table in schema_document.read_database(connection).items():
        if name in before:
            table.prose, table.notes = before[name].prose, before[name].notes
        parts.append(schema_document.render_table(table))
    text = _replaced(text, "Pictures", schema_document.render_pictures())
    return _replaced(text, "Tables", "\n\n".join(parts))


def _replaced(text: str, heading: str, body: str) -> str:
    pattern = rf"(^## {heading}\n).*?(?=^## )"
    return re.sub(
        pattern, lambda match: f"{match[1]}\n{body}\n\n", text, flags=re.MULTILINE | re.DOTALL
    )


if __name__ == "__main__":
    sys.exit(main())
