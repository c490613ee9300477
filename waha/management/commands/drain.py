"""Applies journal rows that are due."""

from typing import Any

from django.core.management.base import BaseCommand

from waha.inbound import drain


class Command(BaseCommand):
    help = "Apply events that were received and not applied yet, as the worker does."

    def handle(self, *args: Any, **options: Any) -> None:
        total = 0
        while taken := drain.drain_all():
            total += taken
            self.stdout.write(f"{total} events taken so far …")
        self.stdout.write(self.style.SUCCESS(f"{total} events taken; nothing more is due."))
