"""Brings numbers up to date with WAHA now."""

import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import get_default_timezone, is_naive, make_aware

from waha import syncs
from waha.inbound import drain, reconcile, sync
from waha.models import SessionStatus, SyncState, WahaServer, WahaSession, WahaSync

PATIENCE = 20.0
POLL = 0.5


class Command(BaseCommand):
    help = (
        "Read states from WAHA and fetch every message that was missed, of all numbers or one. "
        "May be interrupted and run again: it goes on where it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--session", help="only this number, by its session name")
        parser.add_argument(
            "--since", help="read from this time on, such as 2026-11-22T08:00; default: what is due"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        since = _moment(options["since"]) if options["since"] else None
        numbers = WahaSession.objects.kept()
        if options["session"]:
            numbers = numbers.filter(name=options["session"])
            if not numbers:
                raise CommandError(f"There is no session {options['session']!r}.")
        for server in WahaServer.objects.filter(sessions__in=numbers).distinct():
            sync.sync_server(server)
        found = sum(self._bring_up(number, since) for number in numbers.all())
        applied = drain.drain_all()
        self.stdout.write(
            self.style.SUCCESS(f"{found} missed messages fetched, {applied} events applied.")
        )

    def _bring_up(self, number: WahaSession, since: datetime | None) -> int:
        self._await(number)
        if not number.is_working:
            self.stdout.write(f"{number.name}: not connected ({number.waha_status or 'unknown'})")
            return 0
        row = syncs.reconcile(session=number, since=since or number.reconciled_to)
        if row is None:
            self.stdout.write(f"{number.name}: nothing to begin from; say --since")
            return 0
        claimed = reconcile.claim(row.pk)
        if claimed is None:
            self.stdout.write(f"{number.name}: a worker is at it already")
            return 0
        return self._read(number, claimed)

    def _await(self, number: WahaSession) -> None:
        """Give a number that is just connecting, as after its config was put back, its seconds."""
        ends = time.monotonic() + PATIENCE
        number.refresh_from_db()
        while number.status == SessionStatus.CONNECTING and time.monotonic() < ends:
            time.sleep(POLL)
            sync.sync_server(number.server)
            number.refresh_from_db()

    def _read(self, number: WahaSession, row: WahaSync) -> int:
        """Read to the end, a turn at a time, and say how far it is."""
        while row.state == SyncState.DUE:
            before = (row.read, row.attempts)
            reconcile.read(row)
            chats = f"{row.chats_done} of {row.chats_total} chats, " if row.chats_total > 1 else ""
            self.stdout.write(f"{number.name}: {chats}{row.read} read, {row.found} new")
            if row.state == SyncState.DUE:
                drain.drain_all()
            if row.attempts and (row.read, row.attempts) != before:
                self.stdout.write(f"{number.name}: {row.last_error} A worker goes on later.")
                break
        if row.state == SyncState.FAILED:
            self.stderr.write(f"{number.name}: given up. {row.last_error}")
        return row.found


def _moment(text: str) -> datetime:
    moment: datetime | None = None
    try:
        moment = parse_datetime(text)
        day = parse_date(text) if moment is None else None
    except ValueError:
        moment = day = None
    if day is not None:
        moment = datetime(day.year, day.month, day.day, tzinfo=get_default_timezone())
    if moment is None:
        raise CommandError(f"{text!r} is no time. Write it like 2026-11-22T08:00.")
    return make_aware(moment, get_default_timezone()) if is_naive(moment) else moment
