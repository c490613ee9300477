"""axe-core in the page: the engine behind every accessibility checker, as a pinned file."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

# axe-core 4.14.1, MPL-2.0, as published; beside it its licences.
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Page, *, within: str = "body") -> list[str]:
    """What axe finds, as `rule: help: selector`.

    Evaluated, not added as a script: the page's Content-Security-Policy blocks scripts that
    are not its own.
    """
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate(
        "([within, tags]) => axe.run(within, {runOnly: {type: 'tag', values: tags}})",
        [within, TAGS],
    )
    return [
        f"{rule['id']}: {rule['help']}: {' '.join(map(str, node['target']))}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def assert_accessible(page: Page, *, within: str = "body") -> None:
    """Fail with axe's findings; half of what can be wrong it cannot see: walk by keyboard too."""
    found = violations(page, within=within)
    assert found == [], "\n".join(found)
