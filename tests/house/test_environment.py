"""Every environment variable is written down where people look: README.md and .env.example."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.tree import ROOT, python_files

# Not of the installation: Django's own, and what a WSGI request calls its path.
INTERNAL = {"DJANGO_SETTINGS_MODULE", "PATH_INFO"}
READERS = {"required", "urls", "http_url", "choice"}
NAME = re.compile(r"[A-Z][A-Z0-9_]+")


def variables() -> set[str]:
    """Names read through mercury.environment or os.environ anywhere in the product."""
    found = {name for path in python_files() for name in read_in(path.read_text())}
    assert "DATABASE_URL" in found, "the reader of settings is not understood: mend this test"
    return found - INTERNAL


def deployment_variables() -> set[str]:
    """Names that gunicorn's configuration and docker-compose.yml read for themselves."""
    compose = (ROOT / "docker-compose.yml").read_text()
    gunicorn = (ROOT / "deploy/gunicorn.conf.py").read_text()
    return set(re.findall(r"\$\{([A-Z][A-Z0-9_]+)", compose)) | set(read_in(gunicorn))


def read_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args and reads(ast.unparse(node.func)):
            yield from literal(node.args[0])
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            yield from literal(node.slice)


def reads(function: str) -> bool:
    return (
        function.startswith(("env.", "environment.env."))
        or function in {"env", "os.environ.get", "os.getenv", "environ.get"}
        or function.rsplit(".", 1)[-1] in READERS
    )


def literal(node: ast.expr) -> Iterator[str]:
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and NAME.fullmatch(node.value)
    ):
        yield node.value


@pytest.mark.parametrize("name", ["README.md", ".env.example"])
def test_environment_variables_are_documented(name: str) -> None:
    words = set(NAME.findall((ROOT / name).read_text()))

    assert sorted((variables() | deployment_variables()) - words) == []


def test_env_example_lists_nothing_that_is_not_read() -> None:
    text = (ROOT / ".env.example").read_text()

    listed = set(re.findall(r"^#?\s?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))

    assert sorted(listed - variables() - deployment_variables()) == []
