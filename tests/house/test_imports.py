"""Imports run one way, between apps and between the rooms of waha; nothing runs in a circle."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from tests.house.tree import ROOT, module_of, python_files

# Each may import what stands on the steps before it, never its neighbour on the same step.
LEVELS = [
    # What is no part of its own below: settings, the environment, the hint, ui. Imports no app.
    {"mercury"},
    {"mercury.db"},
    {"audit"},
    {"accounts"},
    {"attachments"},
    {"crm"},
    {"waha.models", "waha.gateway"},
    # Modules beside the rooms (waha.updates, waha.servers ...): what every room may call.
    {"waha"},
    {"waha.inbound", "waha.outbound"},
    {"waha.search", "waha.lifecycle"},
    {"waha.inbox", "waha.numbers"},
    {"waha.management"},
    {"mercury.ops"},
    {"mercury.urls", "mercury.wsgi", "mercury.asgi"},
]
RANK = {part: rank for rank, parts in enumerate(LEVELS) for part in parts}
# Django reads these by path; they gather what others offer and nothing imports them.
GATHERERS = {"waha.admin", "waha.tasks", "waha.apps"}


def part_of(module: str) -> str:
    """The longest name in LEVELS that `module` lies in: `waha.inbound.apply.acks` → `waha.inbound`.

    Modules of `mercury` that are no part of their own (broker, environment, ui) count as
    `mercury`, which imports no app.
    """
    names = module.split(".")
    for end in range(len(names), 0, -1):
        if (name := ".".join(names[:end])) in RANK:
            return name
    return ""


def imported(path: Path) -> Iterator[tuple[int, str, bool]]:
    """(line, module, at module level) of every import of ours, those under TYPE_CHECKING aside."""
    tree = ast.parse(path.read_text())
    only_types = {
        id(node)
        for check in ast.walk(tree)
        if isinstance(check, ast.If) and "TYPE_CHECKING" in ast.unparse(check.test)
        for node in ast.walk(check)
    }
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if id(node) in only_types:
            continue
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from waha.inbound import drain` reaches the module waha.inbound.drain.
            names = [
                name if is_module(name := f"{node.module}.{alias.name}") else node.module
                for alias in node.names
            ]
        for name in names:
            yield node.lineno, name, id(node) in top


def is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


def test_imports_run_one_way() -> None:
    wrong = []
    for path in python_files():
        module = module_of(path)
        here = part_of(module)
        if not here or module in GATHERERS:
            continue
        for line, name, _top in imported(path):
            there = part_of(name)
            if there and there != here and RANK[there] >= RANK[here]:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")

    assert wrong == []


def test_imports_make_no_circle_at_module_level() -> None:
    graph = {
        module_of(path): {name for _line, name, top in imported(path) if top and part_of(name)}
        - {module_of(path)}
        for path in python_files()
    }

    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" → ".join(error.args[1])) from error


def test_inline_imports_say_why() -> None:
    """An import inside a function, or the group it stands in, carries a comment."""
    silent = []
    for path in python_files():
        lines = path.read_text().splitlines()
        for line, name, top in imported(path):
            above = line - 2
            while above > 0 and lines[above].lstrip().startswith(("from ", "import ")):
                above -= 1
            commented = "#" in lines[line - 1] or lines[above].lstrip().startswith("#")
            if not top and not commented and path.name != "tasks.py":
                silent.append(f"{path.relative_to(ROOT)}:{line} {name}")

    assert silent == []
