"""Makes events of the journal new again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_default_timezone, is_naive, make_aware

from audit.commands import AuditedCommand
from waha.inbound import journal
from waha.models import EventState, WahaEvent, WahaSession


class Command(AuditedCommand):
    help = "Apply events again: the dead ones, or those chosen. Applying twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ids", nargs="*", type=int, help="events by number; default: all dead")
        parser.add_argument("--session", help="only this session, by its name")
        parser.add_argument(
            "--state", choices=[*EventState.values, "all"], default=EventState.DEAD.value
        )
        parser.add_argument("--since", help="received since this time, such as 2026-11-22T08:00")
        parser.add_argument("--dry-run", action="store_true", help="only count")

    def handle(self, *args: Any, **options: Any) -> None:
        events = WahaEvent.objects.all()
        if options["ids"]:
            events = events.filter(pk__in=options["ids"])
        elif options["state"] != "all":
            events = events.filter(state=options["state"])
        if options["session"]:
            session = WahaSession.objects.filter(name=options["session"]).first()
            if session is None:
                raise CommandError(f"There is no session {options['session']!r}.")
            events = events.filter(session_id=session.pk)
        if options["since"]:
            events = events.filter(received_at__gte=_moment(options["since"]))
        if options["dry_run"]:
            self.stdout.write(f"{events.count()} events would be applied again.")
            return
        count = journal.replay(events)
        self.stdout.write(self.style.SUCCESS(f"{count} events are due again."))


def _moment(text: str) -> Any:
    moment = parse_datetime(text)
    if moment is None:
        raise CommandError(f"{text!r} is no time. Write it like 2026-11-22T08:00.")
    return make_aware(moment, get_default_timezone()) if is_naive(moment) else moment
