"""What `test_sharding.py` runs in a process of its own, whose settings know three shards.

Prints one JSON object: where the archive of each company lies, what is seen of it, and what a
change of the number of shards, killed over and over, leaves of it.
"""

import json
import os
import random
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from tests import environment

environment.FIXED["SHARD_DATABASE_URLS"] = os.environ["SHARD_URLS"]
environment.set_up()

from django.core.management import CommandError, call_command  # noqa: E402  # only after it
from django.db import connections, transaction  # noqa: E402

from accounts.models import User  # noqa: E402
from mercury.db import sharding  # noqa: E402
from mercury.db.routers import CrossShardRelation  # noqa: E402
from mercury.db.sharding import shards  # noqa: E402
from mercury.ops.backups import places as places_of  # noqa: E402
from mercury.ops.backups.manifest import BackupError  # noqa: E402
from mercury.ops.seeding.factories import (  # noqa: E402
    make_chat,
    make_company,
    make_session,
    make_user,
    share,
)
from tests.waha.inbound.bodies import ack, event_row  # noqa: E402
from tests.waha.lifecycle.conftest import make_old, run  # noqa: E402
from tests.waha.lifecycle.test_killed import killed_after  # noqa: E402
from waha.inbound import drain  # noqa: E402
from waha.inbox import pages, threads  # noqa: E402
from waha.lifecycle import archive, moves, places  # noqa: E402
from waha.models import WahaArchivePlace, WahaChat, WahaMessage, WahaMessageArchive, whereabouts  # noqa: E402

KILLS, folder = int(sys.argv[1]), Path(sys.argv[2])
MESSAGES = 60


def where() -> dict[str, list[int]]:
    """{database: [company remainders whose messages lie there]}, each message counted once."""
    found: dict[str, list[int]] = {}
    for alias in places.databases():
        rows = WahaMessageArchive.objects.using(alias)
        counts = {pk: rows.filter(session_id=pk).count() for pk in companies}
        assert all(count in {0, MESSAGES} for count in counts.values()), counts
        found[alias] = [companies[pk] for pk, count in sorted(counts.items()) if count]
    return found


def tables(alias: str) -> list[str]:
    names = connections[alias].introspection.table_names()
    return sorted(name for name in names if name != "django_migrations")


def seen(user: User, chat: WahaChat) -> list[Any]:
    """How many messages the thread shows, how many of them as archived, and who sent them."""
    shown = threads.page(user, pages.one_chat(user, chat.pk)).bubbles
    senders = sorted({bubble.sent_by for bubble in shown})
    return [len(shown), sum(bubble.archived for bubble in shown), senders]


def refused() -> str:
    row = WahaMessageArchive.objects.using("shard_0").first()
    assert row is not None
    try:
        row.sent_by = olga
    except CrossShardRelation as error:
        return str(error)
    return "nothing"


def rolled_back() -> bool:
    """Whether `query` runs in a transaction of that shard."""

    def spoil(alias: str) -> None:
        assert transaction.get_connection(alias).in_atomic_block
        WahaMessageArchive.objects.using(alias).update(content="spoilt")
        raise RuntimeError

    try:
        shards.query(3, spoil)
    except RuntimeError:
        spoilt = WahaMessageArchive.objects.using("shard_0").filter(content="spoilt")
        return not spoilt.exists()
    return False


def brought_back() -> dict[str, Any]:
    """One backup holds every database; what two shards and the default lose comes back whole."""
    before = where()
    call_command("backup", to=folder, stdout=StringIO())
    (made,) = folder.iterdir()
    lost = WahaMessageArchive.objects.using("shard_1").all().delete()[0]
    WahaMessageArchive.objects.using("shard_2").update(content="spoilt")
    WahaChat.objects.update(name="spoilt")
    call_command("restore", str(made), verify=True, stdout=StringIO())
    untouched = where()["shard_1"]
    stopped = None
    real, places_of.replace = places_of.replace, failing_at("shard_2")
    try:
        call_command("restore", str(made), yes=True, stdout=StringIO())
    except CommandError as error:
        stopped = str(error)
    places_of.replace = real
    half = where()["shard_1"], WahaChat.objects.filter(name="spoilt").count()
    call_command("restore", str(made), yes=True, stdout=StringIO())
    spoilt = WahaMessageArchive.objects.using("shard_2").filter(content="spoilt").count()
    return {
        "files": sorted(path.name.split(".")[0] for path in made.glob("*.sql*")),
        "lost": lost,
        "verified": untouched,
        "stopped": stopped,
        "half": half,
        "whole": where() == before,
        "spoilt": spoilt + WahaChat.objects.filter(name="spoilt").count(),
    }


def failing_at(shard: str) -> Any:
    """An exchange that finds somebody at work on one of the databases."""
    real = places_of.replace

    def replace(alias: str, *arguments: Any) -> Any:
        if alias == shard:
            raise BackupError("somebody works there")
        return real(alias, *arguments)

    return replace


def rebalance(count: int | None = None) -> None:
    whereabouts.forget()
    moves.rebalance(tell=lambda line: None, grace=timedelta(0), count=count)


def with_fewer() -> list[Any]:
    """Where the archive lies once it has only two shards, and then none; what a lost one says."""
    found: list[Any] = []
    for count in (2, 0):
        for seed in range(KILLS // 2):
            killed_after(random.Random(seed).uniform(0, 0.5), lambda count=count: rebalance(count))
        rebalance(count)
        found.append(where())
        if count:
            sharding.aliases = lambda: ["shard_0", "shard_1"]
            whereabouts.forget()
            found.append(places.unknown())
            sharding.aliases = lambda: []
            found.append(places.unknown())
            sharding.aliases = every
    return found


call_command("migrate", verbosity=0)
call_command("migrate_shards")
olga = make_user(name="Olga")
companies: dict[int, int | None] = {}
chats: list[WahaChat] = []
for number in range(4):
    company = make_company() if number < 3 else None
    session = make_session(company=company)
    companies[session.pk] = company.pk % 6 if company else -1
    share(session, olga)
    chats.append(make_chat(session=session))
    make_old(chats[-1], MESSAGES, sent_by_id=olga.pk)

report: dict[str, Any] = {"tables": tables("shard_0")}
# Two shards at first; the third comes later.
every, sharding.aliases = sharding.aliases, lambda: ["shard_0", "shard_1"]
report["before"] = [seen(olga, chat)[:2] for chat in chats]
archive.REMOTE_BATCH = 7
for _ in range(KILLS):
    killed_after(random.Random(_).uniform(0, 0.5), run)
while WahaMessage.objects.exists():
    run()
whereabouts.forget()  # the grace that other readers get was left out
report["archived"] = where()
report["after"] = [seen(olga, chat) for chat in chats]
row = WahaMessageArchive.objects.using(whereabouts.place_of(chats[0].session_id)).filter(
    session_id=chats[0].session_id, from_me=True
)[0]
body = ack(row.message_id, 3)
body["session"] = chats[0].session.waha_name
body["me"] = {"id": chats[0].session.me_id}
event_row(chats[0].session, body)
drain.drain_all()
row.refresh_from_db(using=row._state.db)
report["ack"] = row.status
report["refused"] = refused()
report["rolled_back"] = rolled_back()

sharding.aliases = every
moves.BATCH = 7
for _ in range(KILLS):
    killed_after(random.Random(_).uniform(0, 0.5), rebalance)
rebalance()
report["rebalanced"] = where()
report["left"] = WahaArchivePlace.objects.exclude(leaving="", moving_to="").count()
whereabouts.forget()
report["still"] = [seen(olga, chat)[:2] for chat in chats]
report["brought_back"] = brought_back()
report["with_fewer"] = with_fewer()
print(json.dumps(report))  # noqa: T201  # the test reads it
