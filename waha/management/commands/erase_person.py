"""`manage.py erase_person`: what we hold of one person goes."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from audit.commands import AuditedCommand
from crm.models import Contact
from mercury.db.locks import Busy
from waha.lifecycle import erasure
from waha.lifecycle.erasure import ErasureRefused


class Command(AuditedCommand):
    help = "Erases a person: messages, files, calls, raw webhooks, addresses. Cannot be undone."

    def add_arguments(self, parser: CommandParser) -> None:
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--contact", type=int, metavar="ID", help="the number of the contact")
        who.add_argument("--phone", default="", help="such as +4930123456")
        parser.add_argument("--dry-run", action="store_true", help="say what it would reach")

    def handle(
        self, *args: Any, contact: int | None, phone: str, dry_run: bool, **options: Any
    ) -> None:
        try:
            person = erasure.find(contact=self._contact(contact), phone=phone)
            counts = erasure.look(person) if dry_run else erasure.erase(person, by=None)
        except (Busy, ErasureRefused) as refusal:
            raise CommandError(str(refusal)) from refusal
        for what, count in counts.items():
            self.stdout.write(f"{count:>8,} {what}")
        for what in erasure.STAYS:
            self.stdout.write(f"   stays {what}")
        self.stdout.write("Nothing was changed." if dry_run else "Erased.")

    def _contact(self, pk: int | None) -> Contact | None:
        if pk is None:
            return None
        found = Contact.objects.filter(pk=pk).first()
        if found is None:
            raise CommandError(f"There is no contact {pk}.")
        return found
