"""`manage.py healthcheck`: how everything is now, for people, cron and monitoring programs."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mercury.ops.findings import Finding, State
from mercury.ops.health.check import TITLES, DatabaseHealthCheck, overall

MARKS = {
    State.OK: "ok",
    State.UNKNOWN: "unknown",
    State.WARNING: "WARNING",
    State.BROKEN: "BROKEN",
}


class Command(BaseCommand):
    help = "Looks at everything once. Ends with 1 when something is broken, else with 0."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="write one JSON object instead")

    def handle(self, *args: Any, **options: Any) -> None:
        found = DatabaseHealthCheck().check()
        state = overall(found)
        if options["json"]:
            body = {
                "status": state.value,
                "checks": {key: _told(each) for key, each in found.items()},
            }
            self.stdout.write(json.dumps(body, indent=2))
        else:
            for key, each in found.items():
                self._say(str(TITLES[key]), each)
        if state is State.BROKEN:
            raise SystemExit(1)

    def _say(self, title: str, finding: Finding) -> None:
        self.stdout.write(f"{MARKS[finding.state]:8} {title}: {finding.sentence}")
        if finding.mend and finding.state is not State.OK:
            self.stdout.write(f"{'':8} → {finding.mend}")


def _told(finding: Finding) -> dict[str, Any]:
    told = {"state": finding.state.value, "sentence": finding.sentence, **finding.figures}
    return told | ({"mend": finding.mend} if finding.mend else {})
