"""`manage.py audit verify|seal|prune|grants`: keeps the audit log and proves it whole."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from audit import grants, retention, seals, verification
from audit.commands import AuditedCommand
from mercury.db.locks import Busy


class Command(AuditedCommand):
    help = "Verifies the audit log, seals it, drops what is past its retention, prints grants."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        verify = what.add_parser("verify", help="hold every entry against its seal")
        verify.add_argument(
            "--head", default="", metavar="SEAL:HASH", help="what an earlier run called the head"
        )
        what.add_parser("seal", help="seal what has settled, as the schedule does")
        prune = what.add_parser("prune", help="delete sealed entries of old months")
        prune.add_argument(
            "--older-than", type=int, metavar="MONTHS", default=settings.AUDIT_RETENTION_MONTHS,
            help="default: AUDIT_RETENTION_MONTHS (%(default)s)",
        )  # fmt: skip
        prune.add_argument("--dry-run", action="store_true", help="say what would be deleted")
        listed = what.add_parser("grants", help="print the rights of the product's MySQL user")
        listed.add_argument("--user", default="'mercury'@'%'", help="default: %(default)s")

    def only_reads(self, options: dict[str, Any]) -> bool:
        return options["what"] != "prune" or bool(options["dry_run"])

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        if what == "verify":
            self._verify(options["head"])
        elif what == "seal":
            self.stdout.write(f"{seals.seal_new():,} entries sealed.")
        elif what == "prune":
            self._prune(options["older_than"], dry_run=options["dry_run"])
        else:
            for statement in grants.statements(options["user"]):
                self.stdout.write(statement)

    def _verify(self, head: str) -> None:
        report = verification.verify(kept_head=head, tell=self.stdout.write)
        for finding in report.findings[: verification.MOST]:
            self.stdout.write(self.style.ERROR(finding))
        if (more := len(report.findings) - verification.MOST) > 0:
            self.stdout.write(self.style.ERROR(f"… and {more:,} more."))
        self.stdout.write(
            f"{report.entries:,} entries under {report.seals:,} seals looked at, "
            f"{report.purged:,} dropped by retention."
        )
        self.stdout.write(
            f"{report.tail:,} entries have no seal yet, the oldest for "
            f"{report.tail_age.total_seconds():.0f} seconds."
            if report.tail
            else "Every entry is sealed."
        )
        if report.head is not None:
            self.stdout.write(
                f"Head: {report.head.pk}:{report.head.hash} (keep it elsewhere; "
                "`audit verify --head` finds a log whose end was cut)"
            )
        if report.findings:
            raise CommandError("The audit log is not as it was written.")

    def _prune(self, months: int, *, dry_run: bool) -> None:
        if months < 1:
            raise CommandError(
                "No retention is set. Set AUDIT_RETENTION_MONTHS or name --older-than MONTHS."
            )
        if dry_run:
            due = retention.look(months)
            self.stdout.write(f"{due.entries:,} entries under {due.seals:,} seals are due.")
            return
        try:
            done = retention.prune(months, tell=self.stdout.write)
        except Busy as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{done.entries:,} entries deleted; {done.seals:,} seals kept.")
