"""`manage.py rebuild_search`: bring the words that search looks up in line with the messages."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mercury.db.locks import Busy
from waha.search import rebuild
from waha.search.elastic import indexes, server


class Command(BaseCommand):
    help = "Writes search's words of all messages, archived ones too; goes on where it was stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anew", action="store_true", help="begin from the first message")
        parser.add_argument(
            "--elasticsearch", action="store_true", help="build its index anew beside the old one"
        )
        parser.add_argument("--check", action="store_true", help="only say what is wrong")

    def handle(
        self, *args: Any, anew: bool, check: bool, elasticsearch: bool, **options: Any
    ) -> None:
        if elasticsearch:
            return self._index()
        if check:
            if wrong := rebuild.problems(tell=self.stdout.write):
                raise CommandError("\n".join(wrong))
            self.stdout.write("Search has the words of every message.")
            return None
        try:
            done = rebuild.run(tell=self.stdout.write, anew=anew)
        except Busy as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Looked at {done.looked_at:,} messages, wrote {done.written:,}, "
            f"took {done.removed:,} away."
        )
        return None

    def _index(self) -> None:
        if not server.is_set():
            raise CommandError("Set ELASTICSEARCH_URL first, such as http://elasticsearch:9200.")
        try:
            done = indexes.rebuild(tell=self.stdout.write)
        except (Busy, server.Away) as error:
            raise CommandError(
                f"Elasticsearch: {error} Nothing has changed for readers; run it again."
            ) from error
        self.stdout.write(f"Elasticsearch has {done:,} messages.")
