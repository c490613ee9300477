"""docs/original.md names what is there: every file, every test."""

import re
from pathlib import Path

import pytest

from scripts.harness.places import ROOT

DOCUMENT = ROOT / "docs/original.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in DOCUMENT.read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| block")
]
TABLES = {
    "users", "roles", "permissions", "model_has_permissions", "model_has_roles",
    "waha_sessions", "waha_chats", "waha_messages", "waha_calls", "user_waha", "chat_reads",
    "attachments", "attachment_types", "audit_logs", "error_logs", "sensitive_data",
}  # fmt: skip
# What else the page shows; each begins the first cell of a row.
BLOCKS = (
    "Polymorphic", "Many-to-many", "The seven named indexes", "Eager loading", "Selected columns",
    "Chunking by 1,000", "`scopeRecent`", "Active sessions", "Last 24 hours", "N+1 avoided",
    "`PARTITION OF", "EVENT `create_monthly_partitions`", "Archive table",
    "`idx_archive_messages_session`", "Read and write hosts", "`mysql::read`",
    "`ShardManager::getShardForCompany`", "`ShardManager::query`", "`encrypted_phone`",
    "`sensitive_data … ENCRYPTION", "Row-level scope", "Safe column addition", "Rollback-safe",
    "Large tables in batches", "`DatabaseSeeder`", "`User::factory(10)`", "Factories",
    "`php artisan migrate`", "`DatabaseHealthCheck::check()`", "Health: `connection`",
    "Health: `query_performance`", "Health: `storage_usage`", "Health: `replication_lag`",
    "`mysql.slow_log`", "Statistics of indexes", "`$fillable`", "`$casts`", "`$enums`",
    "Relations with types",
)  # fmt: skip
COMMANDS = {
    "php artisan migrate": "python manage.py migrate",
    "php artisan migrate:rollback": "python manage.py migrate_rollback",
    "php artisan db:seed": "python manage.py seed",
    "php artisan make:factory WahaMessageFactory": "make_message",
    "php artisan make:migration create_waha_calls_table": "makemigrations waha --name",
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_every_block_names_a_place_and_a_test_that_exist(row: list[str]) -> None:
    block, place, test, _differs = row
    path, _, name = test.strip("`").partition("::")

    assert (ROOT / place.strip("`")).is_file(), block
    assert f"\ndef {name}(" in Path(ROOT, path).read_text(), block


def test_every_table_of_the_original_has_a_row() -> None:
    named = {match[1] for row in ROWS if (match := re.fullmatch(r"`(\w+)`", row[0]))}

    assert TABLES - named == set()


@pytest.mark.parametrize("block", BLOCKS)
def test_every_other_block_of_the_original_has_a_row(block: str) -> None:
    assert len([row for row in ROWS if row[0].startswith(block)]) == 1


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", DOCUMENT.read_text())

    assert links
    assert [link for link in links if not (DOCUMENT.parent / link).is_file()] == []


def test_readme_maps_the_maintenance_commands() -> None:
    lines = (ROOT / "README.md").read_text().splitlines()

    for theirs, ours in COMMANDS.items():
        [line] = [each for each in lines if each.startswith(f"| `{theirs}` |")]
        assert ours in line
