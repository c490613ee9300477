"""Files stay short and nothing private slips in."""

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, python_files, templates

MAX_LINES = 400
JUNK_DRAWERS = {"utils", "helpers", "common", "misc"}
WRITTEN = [
    *ROOT.glob("scripts/**/*.py"),
    *ROOT.glob("tests/**/*.py"),
    *ROOT.glob("benchmarks/**/*.py"),
]


def own_static() -> list[Path]:
    return [
        path
        for kind in ("css", "js")
        for path in (ROOT / "static").rglob(f"*.{kind}")
        if "vendor" not in path.parts
    ]


def test_files_stay_under_400_lines() -> None:
    """Migrations are left out: Django writes them, nobody reads them top to bottom."""
    files = [*python_files(), *templates(), *WRITTEN, *own_static()]

    long = {
        str(path.relative_to(ROOT)): count
        for path in files
        if (count := len(path.read_text().splitlines())) > MAX_LINES
    }

    assert long == {}


def test_modules_are_named_for_a_thing() -> None:
    unnamed = [str(path) for path in python_files() if {path.stem, path.parent.name} & JUNK_DRAWERS]

    assert unnamed == []


@pytest.mark.parametrize("path", [ROOT / "Makefile"], ids=lambda path: path.name)
def test_makefile_holds_no_logic(path: Path) -> None:
    recipes = [line for line in path.read_text().splitlines() if line.startswith("\t")]

    assert recipes
    assert [
        line for line in recipes if not re.match(r"\t@(exec scripts/python |grep )", line)
    ] == []
