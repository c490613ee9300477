"""Whether the tests that ran reached every URL of ours: `python -m tests.house.reached FOLDER`.

Not a test: it looks back on all of them, after the workers of all lanes wrote down what
they reached (tests/fixtures/urls.py).
"""

import sys
from pathlib import Path

from django.urls import URLPattern, get_resolver

from tests import environment

environment.set_up()

from tests.house.test_views import patterns  # noqa: E402 - needs Django set up
from tests.house.tree import APPS  # noqa: E402


def is_ours(route: str, pattern: URLPattern) -> bool:
    """A view of our own, or a generic one that our urls.py configures; not the admin's pages."""
    module = pattern.callback.__module__
    if route.startswith("admin/"):
        return False
    return module.split(".")[0] in APPS or module.startswith("django.views.generic")


def main(folder: str) -> int:
    reached = {line for path in Path(folder).glob("*") for line in path.read_text().splitlines()}
    ours = {route for route, pattern in patterns(get_resolver()) if is_ours(route, pattern)}
    if not ours or not reached:
        print("no URL patterns or no recordings: the check itself is broken")
        return 1
    missing = sorted(ours - reached)
    for route in missing:
        print(f"no test reaches {route or '/'}")
    print(f"{len(ours) - len(missing)} of {len(ours)} URL patterns reached")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
