"""`manage.py seed`: what an installation starts with, or something to look at."""

import os
import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from accounts import roles
from accounts.models import Permission, User
from audit.commands import AuditedCommand
from mercury.ops.seeding import small
from mercury.ops.seeding.office import build as office
from mercury.ops.seeding.office.people import STAFF

# Belongs to nobody (RFC 2606): an address elsewhere is a real person's.
SEEDED_DOMAIN = "@example.com"


class Command(AuditedCommand):
    help = (
        "Fill the database: roles, permissions, 10 users, 3 numbers of 5 chats of 20 messages. "
        "Safe to run twice. DEMO_PASSWORD sets the password; without it one is made and shown."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--roles", action="store_true", help="only roles and permissions: for production"
        )
        what.add_argument("--demo", action="store_true", help="the working office of the demo")
        parser.add_argument(
            "--force", action="store_true", help="also where real people already work"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        new = roles.seed_roles()
        known = Permission.objects.count()
        self._report(f"{len(roles.SEEDED)} roles ({new} new), {known} permissions")
        if options["roles"]:
            return
        if not options["force"]:
            self._refuse_among_real_people()
        password, is_made = self._password(options["demo"])
        if options["demo"]:
            office.build(password=password, report=self._report)
            office.write_people_file(settings.VAR_DIR / "demo" / "people.json")
            email = STAFF[0].email
        else:
            small.build(password=password, report=self._report)
            email = "user1@example.com"
        self.stdout.write(self.style.SUCCESS(f"Seeded. Sign in as {email}."))
        if is_made:
            self.stdout.write(f"Password of everybody seeded (shown this once): {password}")

    def _password(self, demo: bool) -> tuple[str | None, bool]:
        """DEMO_PASSWORD; else a new one for new people, None for those who have theirs."""
        given = os.environ.get("DEMO_PASSWORD", "")
        if given:
            return given, False
        first = STAFF[0].email if demo else "user1@example.com"
        if User.objects.get_queryset().by_email(first).exists():
            return None, False
        return secrets.token_urlsafe(12), True

    def _refuse_among_real_people(self) -> None:
        real = User.objects.exclude(email__endswith=SEEDED_DOMAIN).count()
        if real:
            raise CommandError(
                f"{real} people with real addresses work here; invented chats would stand among "
                "their own. Use `seed --roles` for roles alone, or --force if you mean it."
            )

    def _report(self, line: str) -> None:
        self.stdout.write(f"  {line}")
