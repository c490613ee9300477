"""Lint of our migrations: what would lock a table, lose a column or break the release before.

Run in the virtual environment, as `python -m scripts.harness.migrations`. The first
migrations of each app are left out: there is no release before them.
"""

import logging
import os
import sys

import django
from django.apps import apps
from django.conf import settings
from django_migration_linter import MigrationLinter

# What breaks the release before while both run. There is none yet: empty this list with the
# first release, and name the migrations it held in `ignore_name`.
NO_RELEASE_BEFORE = [
    "NOT_NULL", "DROP_COLUMN", "DROP_TABLE", "RENAME_COLUMN", "RENAME_TABLE", "ALTER_COLUMN",
    "ADD_UNIQUE",
]  # fmt: skip


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mercury.settings")
    django.setup()
    logging.getLogger("django_migration_linter").setLevel(logging.WARNING)
    ours = [app.label for app in apps.get_app_configs() if is_ours(app.path)]
    linter = MigrationLinter(
        path=str(settings.BASE_DIR),
        include_apps=ours,
        ignore_name_contains="0001_",
        no_cache=True,
        exclude_migration_tests=NO_RELEASE_BEFORE,
        quiet=["ok", "ignore"],
    )
    linter.lint_all_migrations()
    linter.print_summary()
    return 1 if linter.has_errors else 0


def is_ours(path: str) -> bool:
    return path.startswith(str(settings.BASE_DIR)) and "site-packages" not in path


if __name__ == "__main__":
    sys.exit(main())
