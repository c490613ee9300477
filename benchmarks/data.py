"""Fills an empty schema with a company's chats, as `seed --scale` does (benchmarks/seed.py
measures how fast that is)."""

import time
from typing import Any

from django.db import connection

from accounts.models import User
from mercury.ops.seeding import scale
from mercury.ops.seeding.factories import make_server, make_user
from waha.models import ChatRead


def filled(messages: int) -> User:
    """The user of a schema that has been filled before, or now."""
    if ChatRead.objects.exists():  # written last
        return User.objects.get(email="bench@example.com")
    return fill(messages)


def fill(messages: int) -> User:
    """Write everything and return the user who sees all numbers; says how fast it went."""
    user = make_user(email="bench@example.com", role="Agent")
    started = time.perf_counter()
    with connection.cursor() as cursor:
        _while_loading(cursor, commits="0")
        scale.build(
            messages=messages, owner=user, server=make_server(), progress=lambda done, total: None
        )
        _while_loading(cursor, commits="1")
        if connection.vendor == "mysql":
            cursor.execute("ANALYZE TABLE waha_messages, waha_message_keys, waha_chats, chat_reads")
            cursor.fetchall()
    seconds = time.perf_counter() - started
    print(f"# {messages} messages in {seconds:.0f} s, {messages / seconds:.0f}/s", flush=True)
    return user


def _while_loading(cursor: Any, *, commits: str) -> None:
    if connection.vendor == "mysql":
        cursor.execute(f"SET GLOBAL innodb_flush_log_at_trx_commit = {commits}")
