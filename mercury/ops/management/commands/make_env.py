"""`manage.py make_env`: a .env with fresh secrets."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mercury.environment import BASE_DIR
from mercury.ops import env_file


class Command(BaseCommand):
    help = "Writes a .env with fresh secrets; asks nothing and never overwrites one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--public-url", required=True, help="where browsers reach us, https://crm.example.com"
        )
        parser.add_argument("--database-url", default="", help="mysql://user:password@host/mercury")
        parser.add_argument("--redis-url", default="", help="redis://:password@host:6379/0")
        parser.add_argument("--waha-url", default="", help="default: the WAHA of docker-compose")
        parser.add_argument("--waha-api-key", default="", help="of a WAHA server that exists")
        parser.add_argument(
            "--webhook-url", default="", help="where WAHA reaches us; default: docker-compose's"
        )
        parser.add_argument("--file", type=Path, default=BASE_DIR / ".env", help="default: .env")

    def handle(self, *args: Any, file: Path, public_url: str, **options: Any) -> None:
        url = public_url.rstrip("/")
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path:
            raise CommandError(f"--public-url must look like https://crm.example.com, not {url!r}.")
        names = ("database_url", "redis_url", "waha_url", "waha_api_key", "webhook_url")
        chosen = {name: str(options[name]).rstrip("/") for name in names}
        if broken := [name for name, value in chosen.items() if "\n" in value]:
            raise CommandError(f"--{broken[0].replace('_', '-')} has a line break in it.")
        content = env_file.text(env_file.Choices(public_url=url, **chosen))
        try:
            env_file.write(file, content)
        except FileExistsError as error:
            raise CommandError(
                f"{file} exists and is left as it is. Move it away first if you want a new one; "
                "without its ENCRYPTION_KEYS, what is encrypted in the database is lost."
            ) from error
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"Wrote {file}. Put it in your backups.")
