"""`manage.py seed`: what an installation starts with, or something to look at."""

import os
import re
import secrets
import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from accounts import roles
from accounts.models import Permission, User
from audit.commands import AuditedCommand
from mercury.ops.seeding import office_server, scale, small
from mercury.ops.seeding.office import build as office
from mercury.ops.seeding.office.people import STAFF
from waha import servers

# Belongs to nobody (RFC 2606): an address elsewhere is a real person's.
SEEDED_DOMAIN = "@example.com"


MULTIPLES = {"": 1, "k": 1_000, "m": 1_000_000}


def messages_of(text: str) -> int:
    """`10m` → 10,000,000."""
    match = re.fullmatch(r"([1-9]\d{0,8})([km]?)", text.strip().lower())
    if not match:
        raise ArgumentTypeError(f"{text!r} is no number of messages: write 200k, 1m or 10m")
    return int(match[1]) * MULTIPLES[match[2]]


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
        what.add_argument(
            "--scale",
            type=messages_of,
            metavar="1m",
            help="so many messages besides, in 20,000 chats over 24 months: 200k, 1m, 10m",
        )
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
            if options["scale"]:
                self._scale(options["scale"], email)
        self.stdout.write(self.style.SUCCESS(f"Seeded. Sign in as {email}."))
        if is_made:
            self.stdout.write(f"Password of everybody seeded (shown this once): {password}")

    def _scale(self, messages: int, email: str) -> None:
        started = time.monotonic()

        def progress(done: int, total: int) -> None:
            bar = "█" * (done * 30 // total)
            pace = done / max(time.monotonic() - started, 0.001)
            line = f"  {bar:░<30} {done:,} of {total:,} messages, {pace:,.0f}/s "
            self.stdout.write(line, ending="\r")
            self.stdout.flush()

        try:
            numbers = scale.build(
                messages=messages,
                owner=User.objects.get_by_natural_key(email),
                server=servers.first_server(),
                hmac_key=office_server.webhook_key(),
                progress=progress,
            )
        except scale.ScaleRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        except KeyboardInterrupt:
            raise CommandError("Stopped. Run it again to go on.") from None
        small.share_with_all(numbers)
        self._report(f"{messages:,} messages in {scale.CHATS:,} chats{' ' * 40}")

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
