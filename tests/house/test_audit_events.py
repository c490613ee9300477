"""Whatever is written into the audit log reads as a sentence there."""

import ast
import re
from collections.abc import Iterator

from audit import sentences
from tests.house.tree import ROOT, python_files

# Functions whose arguments name an event.
WRITERS = {"record", "record_many", "_record", "_note", "journal"}
EVENT = re.compile(r"[a-z_]+\.[a-z_]+")


def events() -> Iterator[tuple[str, str]]:
    """Every event named in a call that writes entries, and where."""
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            if ast.unparse(node.func).rpartition(".")[2] not in WRITERS:
                continue
            for each in [value for given in node.args for value in constants(given)]:
                yield each, f"{path.relative_to(ROOT)}:{node.lineno}"


def constants(given: ast.expr) -> list[str]:
    """Event names an argument may be: itself, or either side of a condition."""
    sides = [given.body, given.orelse] if isinstance(given, ast.IfExp) else [given]
    texts = [side.value for side in sides if isinstance(side, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and EVENT.fullmatch(text)]


def test_every_event_has_a_sentence() -> None:
    found = set(events())

    assert len({event for event, _where in found}) > 60
    assert sorted(where for event, where in found if event not in sentences._sentences) == []
