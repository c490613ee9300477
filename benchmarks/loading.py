"""Fills a MySQL or MariaDB that may read our files sooner than INSERT does."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.db import connection, models

from mercury.ops.seeding.inserts import Inserts


class Loads(Inserts):
    """Takes what `Inserts` takes, and writes it by LOAD DATA: a file for each call."""

    def __init__(self, model: type[models.Model], names: Sequence[str]) -> None:
        super().__init__(model, names)
        self.line = "\t".join(
            "{}" if each is None else _bare(each).replace("{", "{{").replace("}", "}}")
            for each in self.constants
        )

    def write(self, rows: Iterable[Sequence[str]]) -> int:
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)  # noqa: S103  # the server reads there, as whoever it is
            path = Path(folder, "rows")
            lines = [self.line.format(*[_bare(row[i]) for i in self.order]) for row in rows]
            path.write_text("\n".join(lines) + "\n")
            with connection.cursor() as cursor:
                cursor.execute(
                    f"LOAD DATA INFILE %s INTO TABLE {self.table} CHARACTER SET utf8mb4 "
                    f"({self.columns})",
                    [str(path)],
                )
                if cursor.rowcount != len(lines):
                    raise AssertionError(f"{cursor.rowcount} rows of {len(lines)} were loaded")
        return len(lines)


def _bare(literal: str) -> str:
    """An SQL literal of ours as LOAD DATA reads it: none of them holds a tab or a backslash."""
    return "\\N" if literal == "NULL" else literal.strip("'")
