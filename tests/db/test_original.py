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


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", DOCUMENT.read_text())

    assert links
    assert [link for link in links if not (DOCUMENT.parent / link).is_file()] == []


def test_readme_maps_the_maintenance_commands() -> None:
    lines = (ROOT / "README.md").read_text().splitlines()

    for theirs, ours in COMMANDS.items():
        [line] = [each for each in lines if each.startswith(f"| `{theirs}` |")]
        assert ours in line
