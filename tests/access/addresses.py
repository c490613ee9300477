"""Every address of the product, off the URL resolver."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse


def walk(resolver: URLResolver | None = None, route: str = "", space: str = "") -> Iterator[str]:
    """The name of every pattern, its route where it has none."""
    for entry in (resolver or get_resolver()).url_patterns:
        whole = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from walk(entry, whole, inner)
        elif isinstance(entry, URLPattern):
            yield f"{space}{entry.name}" if entry.name else whole


def path_of(name: str, args: tuple[Any, ...] = ()) -> str:
    """The path of a named URL, or of one of the admin's two kinds without a name."""
    if "/" not in name:
        return reverse(name, args=args)
    if name.startswith("admin/(?P"):
        return f"/admin/{args[0]}"
    return "/" + name.replace("<path:object_id>", str(args[0]))
