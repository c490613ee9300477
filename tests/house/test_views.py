"""Views: rows only through visible_to, short, closed by default, one exemption from CSRF."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

from tests.house.tree import ROOT, module_of, python_files

# Pages anybody may open, by route; adding one is meant to show in a review.
PUBLIC = {
    "livez",
    "readyz",
    "metrics",  # asks for its own token, or for the permission
    "waha/webhook/<str:session_name>/",
}
# allauth's own pages before sign-in.
PUBLIC_PREFIXES = ("accounts/", "admin/login", "admin/jsi18n")
CSRF_EXEMPT = {"waha/webhook/<str:session_name>/"}
MAX_VIEW_LINES = 20
ROW_METHODS = {"_default_manager", "_base_manager"}
# Views that no user is behind: the webhook writes for WAHA, health asks the machine.
NO_USER = {"waha/inbound/webhook.py", "mercury/ops/views.py"}


def view_modules() -> list[Path]:
    """Modules that a URL pattern leads into, and those named for views."""
    routed = {inspect.unwrap(entry.callback).__module__ for _, entry in patterns(get_resolver())}
    found = [
        path
        for path in python_files()
        if (module_of(path) in routed or path.name == "views.py" or "views" in path.parent.parts)
        and path.relative_to(ROOT).as_posix() not in NO_USER
    ]
    assert found, "no views found: mend the pattern, do not delete the test"
    return found


def unscoped(path: Path) -> list[str]:
    """Lines of a view module that reach rows without going through `visible_to`."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    scoped = {id(node.value) for node in attributes if node.attr == "visible_to"}
    suspects: list[ast.expr] = [
        node
        for node in attributes
        if (node.attr == "objects" and id(node) not in scoped) or node.attr in ROW_METHODS
    ]
    suspects += [
        node
        for node in nodes
        if isinstance(node, ast.Call)
        and node.args
        and "_or_404" in ast.unparse(node.func)
        and isinstance(node.args[0], ast.Name)
        and node.args[0].id[:1].isupper()
    ]
    return [f"{path.relative_to(ROOT)}:{node.lineno}" for node in suspects]


def test_views_reach_rows_only_through_visible_to() -> None:
    assert [hit for path in view_modules() for hit in unscoped(path)] == []


def test_unscoped_finds_what_it_should(tmp_path: Path) -> None:
    module = ROOT / "var" / "unscoped_sample.py"
    module.parent.mkdir(exist_ok=True)
    module.write_text(
        "def bad(request):\n"
        "    Chat.objects.all()\n"
        "    get_object_or_404(Chat, pk=1)\n"
        "    Chat._default_manager.get()\n"
        "def good(request):\n"
        "    get_object_or_404(Chat.objects.visible_to(request.user), pk=1)\n"
    )

    try:
        assert unscoped(module) == [f"var/unscoped_sample.py:{line}" for line in (2, 4, 3)]
    finally:
        module.unlink()


def test_views_are_short() -> None:
    """A view scopes, asks a form, calls a service, renders; what is longer belongs elsewhere."""
    long = []
    for path in view_modules():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and is_view(node):
                first = node.body[0]
                documented = ast.get_docstring(node) is not None
                start = node.lineno if not documented else (first.end_lineno or 0)
                if (lines := (node.end_lineno or 0) - start) > MAX_VIEW_LINES:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines}")

    assert long == []


def test_views_name_their_method() -> None:
    """`require_GET`, `require_POST` or the like on every view: GET never writes."""
    open_to_all = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in view_modules()
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
        and is_view(node)
        and not any("require_" in ast.unparse(decorator) for decorator in node.decorator_list)
    ]

    assert open_to_all == []


def is_view(node: ast.FunctionDef) -> bool:
    arguments = node.args.args
    return bool(arguments) and arguments[0].arg == "request" and not node.name.startswith("_")


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern with its whole route."""
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        else:
            yield route, entry


def test_public_pages_are_the_listed_ones() -> None:
    public = {
        route
        for route, pattern in patterns(get_resolver())
        if getattr(pattern.callback, "login_required", True) is False
        and not route.startswith(PUBLIC_PREFIXES)
    }

    assert public == PUBLIC


def test_csrf_exempt_is_the_webhook_alone() -> None:
    exempt = {
        route
        for route, pattern in patterns(get_resolver())
        if getattr(pattern.callback, "csrf_exempt", False)
    }

    assert exempt == CSRF_EXEMPT
