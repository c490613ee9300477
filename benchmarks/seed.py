"""(g) `seed --scale`, against LOAD DATA of the same rows into tables with the same indexes.

Messages with their keys, search's words, chats and reads on one side, the first three on the
other; on MySQL and MariaDB. The server must be allowed to write files (secure_file_priv).
"""

import os
import tempfile
import time
from pathlib import Path

from django.db import connection

from benchmarks.report import Figure
from mercury.ops.seeding import scale
from mercury.ops.seeding.factories import make_server, make_user

MESSAGES = 200_000
TABLES = ("waha_messages", "waha_message_keys", "waha_message_texts")


def run() -> list[Figure]:
    """Seed a fifth of a million messages, write them to files and load them again."""
    if connection.vendor != "mysql":
        return []
    started = time.perf_counter()
    numbers = scale.build(
        messages=MESSAGES,
        owner=make_user(),
        server=make_server(),
        progress=lambda done, total: None,
    )
    seeded = MESSAGES / (time.perf_counter() - started)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)  # noqa: S103  # the server writes there, as whoever it is
        loaded = MESSAGES / sum(
            _load(table, [number.pk for number in numbers], Path(folder, table)) for table in TABLES
        )
    return [
        Figure(
            f"seed --scale: {MESSAGES:,} messages / LOAD DATA",
            seeded / loaded, 0.2, least=True,
            detail=f"{seeded:,.0f}/s : {loaded:,.0f}/s",
        )
    ]  # fmt: skip


def _load(table: str, sessions: list[int], path: Path) -> float:
    """Seconds that LOAD DATA takes for the seeded rows of a table."""
    copy = f"bench_load_{table}"
    listed = ", ".join(map(str, sessions))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {copy}")
        cursor.execute(f"CREATE TABLE {copy} LIKE {table}")
        cursor.execute(
            f"SELECT * FROM {table} WHERE session_id IN ({listed}) INTO OUTFILE %s",  # noqa: S608  # our names
            [str(path)],
        )
        started = time.perf_counter()
        cursor.execute(f"LOAD DATA INFILE %s INTO TABLE {copy} CHARACTER SET utf8mb4", [str(path)])
        seconds = time.perf_counter() - started
        cursor.execute(f"SELECT COUNT(*) FROM {copy}")  # noqa: S608  # our names
        assert cursor.fetchone() == (MESSAGES,)
        cursor.execute(f"DROP TABLE {copy}")
    return seconds
