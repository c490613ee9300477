"""Rows for tests; seeds and the demo build on the same functions."""

from mercury.ops.seeding.factories import (
    make_call,
    make_chat,
    make_company,
    make_contact,
    make_instructor,
    make_note,
    make_read,
    make_role,
    make_server,
    make_session,
    make_user,
    share,
)
from mercury.ops.seeding.messages import Draft, make_message, write_messages

__all__ = [
    "Draft",
    "make_call",
    "make_chat",
    "make_company",
    "make_contact",
    "make_instructor",
    "make_message",
    "make_note",
    "make_read",
    "make_role",
    "make_server",
    "make_session",
    "make_user",
    "share",
    "write_messages",
]
