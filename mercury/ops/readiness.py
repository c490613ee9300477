"""What /readyz says: each check by its state, and whether this process can serve at all."""

from mercury.ops.findings import State
from mercury.ops.health.check import DatabaseHealthCheck

SERVING = ("connection", "migrations", "redis")
"""Without these requests go elsewhere. What else is broken is told, but another web process
would be no better off, and the webhook has to stay open.
"""

WORDS = {
    State.OK: "ok",
    State.WARNING: "warning",
    State.UNKNOWN: "unknown",
    State.BROKEN: "failing",
}


def status() -> tuple[bool, dict[str, object]]:
    """(whether to send requests here, the answer): names and states, no details for strangers."""
    checks = DatabaseHealthCheck().check()
    ready = all(checks[name].state in {State.OK, State.WARNING} for name in SERVING)
    failing = any(found.state is State.BROKEN for found in checks.values())
    return ready, {
        "status": "failing" if not ready else "degraded" if failing else "ok",
        "checks": {name: WORDS[found.state] for name, found in checks.items()},
    }
