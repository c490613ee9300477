"""docs/schema.md: read from its Markdown, read from a database, written anew.

The document and the database must say the same; `tests/db/test_schema.py` compares them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from scripts.harness.places import ROOT

DOCUMENT = ROOT / "docs/schema.md"
PICTURES = {
    "People and what they may": ("accounts", "mercury_db"),
    "Records, files, logs": ("crm", "attachments", "audit", "mercury_ops"),
    "WhatsApp": ("waha",),
}
COLUMNS_HEAD = "| column | type | null | what |\n|---|---|---|---|"
INDEXES_HEAD = "| index | columns |\n|---|---|"


@dataclass
class Table:
    """One table: columns {name: (type, null)}, indexes {name: columns}, checks, and words."""

    name: str
    columns: dict[str, tuple[str, str]] = field(default_factory=dict)
    indexes: dict[str, str] = field(default_factory=dict)
    checks: set[str] = field(default_factory=set)
    prose: str = ""
    notes: dict[str, str] = field(default_factory=dict)

    def facts(self) -> set[str]:
        """What must be the same in the document and in the database, a line each."""
        columns = (f"{name} {' '.join(each).strip()}" for name, each in self.columns.items())
        indexes = (f"index {name} ({each})" for name, each in self.indexes.items())
        checks = (f"check {name}" for name in self.checks)
        return {f"{self.name}: {fact}" for fact in (*columns, *indexes, *checks)}


def read_document(text: str) -> dict[str, Table]:
    """The tables of the document by name."""
    tables: dict[str, Table] = {}
    for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        part = re.split(r"^## ", part, flags=re.MULTILINE)[0]
        name, _, body = part.partition("\n")
        if re.fullmatch(r"[a-z_0-9]+", name.strip()):
            tables[name.strip()] = _read_table(name.strip(), body)
    return tables


def _read_table(name: str, body: str) -> Table:
    table = Table(name, prose=body.partition("\n|")[0].strip())
    for line in body.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("Checks: "):
            table.checks = set(re.findall(r"`([^`]+)`", line))
        elif not line.startswith("| `"):
            continue
        elif len(cells) == 4:
            column = cells[0].strip("`")
            table.columns[column] = (cells[1], cells[2])
            table.notes[column] = cells[3]
        else:
            table.indexes[cells[0].strip("`")] = cells[1]
    return table


def library_tables(text: str) -> set[str]:
    """The tables under "Tables of libraries"."""
    part = text.partition("\n## Tables of libraries\n")[2]
    return set(re.findall(r"^\| `([a-z_0-9]+)`", part, flags=re.MULTILINE))


def read_database(connection: BaseDatabaseWrapper) -> dict[str, Table]:
    """Our tables in MySQL or MariaDB, under the type names of MySQL."""
    tables = {name: Table(name) for name in own_tables()}
    maria = bool(getattr(connection, "mysql_is_mariadb", False))
    for name, column, kind, null, collation in _rows(connection, COLUMNS):
        if name in tables:
            tables[name].columns[column] = (_type(kind, collation, maria), _null(null))
    for name, index, unique, columns in _rows(connection, INDEXES):
        if name in tables:
            tables[name].indexes[index] = columns + (" unique" if unique else "")
    for name, check in _rows(connection, CHECKS[maria]):
        # The server's own names: a positive integer's, and MariaDB's of a JSON column.
        if name in tables and check not in tables[name].columns and "_chk_" not in check:
            tables[name].checks.add(check)
    for table in tables.values():
        for json in _json_columns(table.name) & set(table.columns) if maria else ():
            table.columns[json] = ("json", table.columns[json][1])
    return tables


def table_names(connection: BaseDatabaseWrapper) -> set[str]:
    """Every table of the schema."""
    return {str(name) for (name,) in _rows(connection, TABLES)}


def own_tables() -> list[str]:
    """The tables of our models, as the apps list them."""
    return [model._meta.db_table for model in own_models()]


def own_models() -> Iterator[type[models.Model]]:
    for config in apps.get_app_configs():
        inside = config.path.startswith(str(settings.BASE_DIR))
        if inside and "site-packages" not in config.path:
            yield from config.get_models(include_auto_created=True)


def relations(labels: Iterable[str]) -> list[str]:
    """The lines of the picture: who points at whom, by which column."""
    lines = set()
    for model in own_models():
        if model._meta.app_label not in labels:
            continue
        for each in model._meta.local_concrete_fields:
            if not isinstance(each, models.ForeignKey):
                continue
            target = each.related_model._meta.db_table
            many = "|o" if each.unique else "}o"
            one = "o|" if each.null else "||"
            lines.add(f"    {model._meta.db_table} {many}--{one} {target} : {each.column}")
    return sorted(lines)


def render_table(table: Table) -> str:
    """The table as the document has it, words included."""
    columns = [
        f"| `{name}` | {kind} | {null} | {table.notes.get(name, '')} |"
        for name, (kind, null) in table.columns.items()
    ]
    indexes = [f"| `{name}` | {each} |" for name, each in sorted(table.indexes.items())]
    parts = [f"### {table.name}", table.prose, "\n".join([COLUMNS_HEAD, *columns])]
    parts.append("\n".join([INDEXES_HEAD, *indexes]))
    if table.checks:
        parts.append("Checks: " + ", ".join(f"`{name}`" for name in sorted(table.checks)) + ".")
    return "\n\n".join(part for part in parts if part)


def render_pictures() -> str:
    """The ER pictures in Mermaid."""
    return "\n\n".join(
        "\n".join([f"### {title}", "", "```mermaid", "erDiagram", *relations(labels), "```"])
        for title, labels in PICTURES.items()
    )


def _type(kind: str, collation: str | None, maria: bool) -> str:
    if kind != "tinyint(1)":
        # MariaDB still shows the widths that integers once were printed with.
        kind = re.sub(r"^((?:big|small|medium|tiny)?int)\(\d+\)", r"\1", kind)
    if maria and kind == "uuid":
        kind = "char(32)"  # MySQL has no type of its own for it
    binary = kind != "longtext" and str(collation) == "utf8mb4_bin"
    return f"{kind} bin" if binary else kind


def _null(answer: str) -> str:
    return "null" if answer == "YES" else ""


def _json_columns(table: str) -> set[str]:
    model = next(each for each in own_models() if each._meta.db_table == table)
    fields = model._meta.local_concrete_fields
    return {str(each.column) for each in fields if isinstance(each, models.JSONField)}


def _rows(connection: BaseDatabaseWrapper, sql: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
COLUMNS = """
SELECT table_name, column_name, column_type, is_nullable, collation_name
FROM information_schema.columns WHERE table_schema = DATABASE()
ORDER BY table_name, ordinal_position"""
INDEXES = """
SELECT table_name, index_name, MAX(non_unique) = 0, GROUP_CONCAT(
    CONCAT(column_name, IF(collation = 'D', ' desc', '')) ORDER BY seq_in_index SEPARATOR ', ')
FROM information_schema.statistics WHERE table_schema = DATABASE()
GROUP BY table_name, index_name"""
CHECKS = {
    False: """
SELECT table_name, constraint_name FROM information_schema.table_constraints
WHERE constraint_schema = DATABASE() AND constraint_type = 'CHECK'""",
    True: """
SELECT table_name, constraint_name FROM information_schema.check_constraints
WHERE constraint_schema = DATABASE()""",
}
