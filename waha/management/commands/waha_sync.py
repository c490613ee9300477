"""Brings numbers up to date with WAHA now."""

import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
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

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.unfinished: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--session", help="only this number, by its session name")
        parser.add_argument(
            "--since", help="read from this time on, such as 2026-11-22T08:00; default: what is due"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        since = _moment(options["since"]) if options["since"] else None
        if since is not None and since > timezone.now():
            raise CommandError(f"{options['since']} is still to come. Say a time that is over.")
        numbers = WahaSession.objects.kept()
        if options["session"]:
            numbers = numbers.filter(name=options["session"])
            if not numbers:
                raise CommandError(f"There is no session {options['session']!r}.")
        for server in WahaServer.objects.filter(sessions__in=numbers).distinct():
            sync.sync_server(server)
        found = sum(self._bring_up(number, since) for number in numbers.all())
        applied = drain.drain_all()
        self.stdout.write(f"{found} missed messages fetched, {applied} events applied.")
        if self.unfinished:
            raise CommandError(f"Not up to date: {', '.join(self.unfinished)}. See above.")

    def _bring_up(self, number: WahaSession, since: datetime | None) -> int:
        self._await(number)
        if not number.is_working:
            self.stdout.write(f"{number.name}: not connected ({number.waha_status or 'unknown'})")
            if number.is_wanted:
                self.unfinished.append(number.name)
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
            before = (row.read, row.chats_done, row.offset)
            reconcile.read(row)
            chats = f"{row.chats_done} of {row.chats_total} chats, " if row.chats_total > 1 else ""
            self.stdout.write(f"{number.name}: {chats}{row.read} read, {row.found} new")
            if row.state == SyncState.DUE:
                drain.drain_all()
            waits = row.state == SyncState.DUE and row.due_at > timezone.now()
            if waits and row.last_error and before == (row.read, row.chats_done, row.offset):
                self.stdout.write(f"{number.name}: {row.last_error} A worker goes on later.")
                self.unfinished.append(number.name)
                break
        if row.state == SyncState.FAILED:
            self.stderr.write(f"{number.name}: given up. {row.last_error}")
            self.unfinished.append(number.name)
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
