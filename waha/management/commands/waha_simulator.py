"""`manage.py waha_simulator`: a WAHA to try things against, without WhatsApp."""

import asyncio
import contextlib
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from waha.gateway.simulator import Options, Preset, Retries
from waha.gateway.simulator.options import ENGINES, EVENTS
from waha.gateway.simulator.runner import LOOPBACK, Running


class Command(BaseCommand):
    help = "Play a WAHA on this machine: REST, webhooks, customers and faults."
    # It needs no table, so that it can start before the first migration.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("--port", type=int, default=3000)
        add("--host", default="127.0.0.1", help="anything but loopback lets others send as you")
        add("--api-key", default="simulator-key")
        add("--engine", choices=ENGINES, default="NOWEB")
        add("--seed", type=int, default=0, help="what the dice start from")
        add("--speed", type=float, default=1.0, help="10 makes waiting ten times shorter")
        add("--session", action="append", metavar="NAME:STATUS:PHONE:PUSHNAME", default=[])
        add("--webhook-url", help="of the preset sessions; {session} stands for the name")
        add("--global-webhook-url", help="of all sessions, as WAHA's environment sets it")
        add("--hmac-key", default="simulator-hmac-key")
        add("--events", default=",".join(EVENTS), help="comma between them, * for all")
        add("--retries", default="constant:2:15", metavar="POLICY:SECONDS:ATTEMPTS")
        add("--media-lifetime", type=float, default=180.0, help="seconds, 0 for ever")
        add("--pair-after", type=float, help="seconds until somebody scans a QR")
        add("--data", type=Path, help="folder that keeps sessions between two runs")
        add("--people", type=Path, help="JSON file of customers and groups")
        add("--lively", action="store_true", help="customers write, answer and call")
        add("--no-acks", action="store_true", help="nobody receives or reads what is sent")

    def handle(self, *args: Any, **options: Any) -> None:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(self._run(self._options(options)))

    def _options(self, given: dict[str, Any]) -> Options:
        presets = tuple(Preset.parse(text) for text in given["session"]) or (Preset("default"),)
        try:
            policy, seconds, attempts = given["retries"].split(":")
            retries = Retries(policy, float(seconds), int(attempts))
        except ValueError as error:
            raise CommandError("--retries must look like exponential:2:10.") from error
        same = (
            "host",
            "port",
            "api_key",
            "engine",
            "seed",
            "speed",
            "webhook_url",
            "global_webhook_url",
            "hmac_key",
            "media_lifetime",
            "pair_after",
            "data",
            "people",
            "lively",
        )
        return Options(
            **{name: given[name] for name in same},
            sessions=presets,
            retries=retries,
            events=tuple(given["events"].split(",")),
            acks=not given["no_acks"],
            announce=True,
        )

    async def _run(self, options: Options) -> None:
        running = Running(options)
        try:
            url = await running.start()
        except OSError as error:
            where = f"{options.host}:{options.port}"
            raise CommandError(f"Cannot listen on {where}: {error.strerror}.") from error
        self.stdout.write(f"WAHA simulator ({options.engine}) listens on {url}")
        if options.host not in LOOPBACK:
            self.stderr.write("Anybody who reaches this address and knows the key can use it.")
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ended.set)
        await ended.wait()
        await running.stop()
        self.stdout.write("WAHA simulator stopped.")
