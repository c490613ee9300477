"""Templates: all used, none with inline script or style, fragments never pages."""

import ast
import re

from tests.house.tree import ROOT, TEMPLATES, python_files, templates

# Django, allauth and the admin ask for these by name.
BY_NAME = re.compile(r"^(\d{3}(_csrf)?\.html|admin/|account/|allauth/|mfa/|registration/|django/)")
INLINE = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.I),
    "inline style": re.compile(r"<style\b|\sstyle\s*=", re.I),
    "inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.I),
    "javascript: address": re.compile(r"[\"']\s*javascript:", re.I),
    "hx-on or evaluated attribute": re.compile(r"\shx-on|\shx-vals\s*=\s*[\"']\s*js:", re.I),
}
INCLUDED = re.compile(r"\{%\s*(?:include|extends)\s+[\"']([^\"']+)[\"']")
PARTIAL = re.compile(r"[\"']([\w/.-]+\.(?:html|txt))(?:#[\w-]+)?[\"']")


def names() -> set[str]:
    return {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}


def used() -> set[str]:
    """Names of templates in the code's strings and in other templates' tags."""
    found = set()
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value.split("#")[0])
    for path in templates():
        found.update(name.split("#")[0] for name in PARTIAL.findall(path.read_text()))
    return found


def test_templates_are_all_used() -> None:
    unused = {name for name in names() - used() if not BY_NAME.match(name)}

    assert sorted(unused) == []


def test_templates_that_others_name_exist() -> None:
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in templates()
        for name in INCLUDED.findall(path.read_text())
        if name.split("#")[0] not in names()
        and not name.startswith(("admin/", "django/", "account/", "allauth/", "mfa/"))
    }

    assert sorted(missing) == []


def test_templates_hold_no_inline_script_or_style() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1} {what}"
        for path in templates()
        if "email" not in path.parts  # mail clients read nothing but inline styles
        for text in [path.read_text()]
        for what, pattern in INLINE.items()
        for match in pattern.finditer(text)
    ]

    assert found == []


def test_fragments_extend_no_page() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in templates()
        if path.name.startswith("_") and "{% extends" in path.read_text()
    ]

    assert wrong == []
