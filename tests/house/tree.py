"""The tree the rules of the house are read from."""

from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ["mercury", "audit", "accounts", "attachments", "crm", "waha"]
TEMPLATES = ROOT / "templates"


@cache
def python_files(*, migrations: bool = False) -> tuple[Path, ...]:
    """Every module of the product; migrations only when asked for."""
    found = [
        path
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if migrations or "migrations" not in path.parts
    ]
    assert found, "no code found: mend the folders, do not delete the test"
    return tuple(found)


@cache
def templates() -> tuple[Path, ...]:
    """Every template of ours, also those beside an app's code."""
    folders = [TEMPLATES, *(ROOT / app for app in APPS)]
    found = [path for folder in folders for path in sorted(folder.rglob("*.html"))]
    assert found, "no templates found: mend the folders, do not delete the test"
    return tuple(found)


def module_of(path: Path) -> str:
    """`waha/models/__init__.py` → `waha.models`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
