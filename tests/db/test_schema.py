"""docs/schema.md and the database say the same; what the design fixes is there by its name."""

import re

import pytest
from django.db import connection

from scripts import schema, schema_document
from scripts.schema_document import DOCUMENT, Table

pytestmark = [pytest.mark.core, pytest.mark.django_db]

INDEXES = {
    "waha_messages": {
        "idx_waha_messages_session_chat": "session_id, chat_id",
        "idx_waha_messages_status": "status",
        "idx_waha_messages_session_created": "session_id, created_at desc",
        "idx_waha_messages_thread": "chat_id, created_at desc, id desc",
    },
    "waha_messages_archive": {
        "idx_archive_messages_session": "session_id",
        "idx_archive_messages_created": "created_at",
        "idx_archive_messages_thread": "chat_id, created_at desc, id desc",
    },
    "waha_calls": {"idx_waha_calls_session_type": "session_id, type"},
    "audit_logs": {"idx_audit_logs_user": "user_type, user_id"},
    "attachments": {"idx_attachments_model": "model_type, model_id"},
    "waha_chats": {
        "idx_waha_chats_session_updated": "session_id, updated_at desc",
        "idx_waha_chats_session_last": "session_id, last_message_at desc, id desc",
        "waha_chats_chat_id": "session_id, chat_id unique",
    },
    "chat_reads": {"chat_reads_chat_user": "chat_id, user_id unique"},
    "waha_message_keys": {"PRIMARY": "session_id, from_me, message_id unique"},
    "roles": {"roles_name_guard": "name, guard_name unique"},
}
"""The names that the product's first document fixed, and those its pages stand on."""

LENGTHS = {
    500: {"attachments.path", "waha_messages.media_url"},
    255: {
        "users.name", "users.email", "users.password", "users.encrypted_phone", "roles.name",
        "roles.guard_name", "permissions.name", "permissions.guard_name", "waha_sessions.name",
        "waha_chats.chat_id", "waha_chats.name", "waha_messages.message_id", "waha_calls.call_id",
        "waha_calls.from", "waha_calls.to", "chat_reads.last_read_message_id", "attachments.name",
        "attachments.original_name", "attachments.display_name", "attachment_types.name",
        "audit_logs.user_type", "audit_logs.event", "audit_logs.tags",
        "model_has_roles.model_type", "model_has_permissions.model_type",
    },
    100: {"users.remember_token", "attachments.type_name"},
    50: {"error_logs.level"},
    45: {"audit_logs.ip_address"},
    10: {"attachments.extension"},
}  # fmt: skip

BINARY = {
    "users.email", "users.remember_token", "users.phone_index", "waha_sessions.name",
    "waha_sessions.waha_name", "waha_sessions.me_id", "waha_chats.chat_id",
    "waha_chat_addresses.address", "waha_messages.message_id", "waha_messages.sender_id",
    "waha_messages.reply_to_message_id", "waha_message_keys.message_id",
    "waha_reactions.sender_id", "waha_calls.call_id", "waha_calls.from", "waha_calls.to",
    "chat_reads.last_read_message_id", "waha_events.event", "waha_events.envelope_id",
    "waha_outbox.client_token", "waha_outbox.reserved_id", "contact_identities.value",
    "contact_identities.value_index",
    "attachments.sha256", "error_logs.fingerprint",
}  # fmt: skip

CHECKS = {
    "waha_messages_type", "waha_messages_status", "waha_messages_archive_type",
    "waha_messages_archive_status", "waha_sessions_status", "waha_calls_type",
}  # fmt: skip


@pytest.fixture(scope="module")
def document() -> dict[str, Table]:
    return schema_document.read_document(DOCUMENT.read_text())


@pytest.fixture
def server() -> dict[str, Table]:
    return schema_document.read_database(connection)


def facts(tables: dict[str, Table]) -> set[str]:
    return {fact for table in tables.values() for fact in table.facts()}


@pytest.mark.mysql
def test_the_document_and_the_server_say_the_same(
    document: dict[str, Table], server: dict[str, Table]
) -> None:
    """When this fails after a migration: `python -m scripts.schema`, then write the words."""
    written, found = facts(document), facts(server)

    assert sorted(found - written) == [], "not in docs/schema.md"
    assert sorted(written - found) == [], "not in the database"


@pytest.mark.mysql
def test_every_table_is_in_the_document(document: dict[str, Table]) -> None:
    libraries = schema_document.library_tables(DOCUMENT.read_text())

    assert schema_document.table_names(connection) == set(document) | libraries


@pytest.mark.mysql
@pytest.mark.parametrize("table", INDEXES)
def test_the_named_indexes_are_there(server: dict[str, Table], table: str) -> None:
    wanted = INDEXES[table]

    assert {name: server[table].indexes.get(name) for name in wanted} == wanted


@pytest.mark.mysql
def test_columns_have_the_fixed_lengths(server: dict[str, Table]) -> None:
    wrong = {
        place: kind
        for length, places in LENGTHS.items()
        for place in places
        if not (kind := type_of(server, place)).startswith(f"varchar({length})")
    }

    assert wrong == {}


@pytest.mark.mysql
def test_ids_tokens_hashes_and_addresses_are_compared_exactly(server: dict[str, Table]) -> None:
    assert {place for place in BINARY if not type_of(server, place).endswith(" bin")} == set()


@pytest.mark.mysql
def test_enums_are_constrained_by_the_server(server: dict[str, Table]) -> None:
    assert CHECKS - {check for table in server.values() for check in table.checks} == set()


@pytest.mark.mysql
def test_times_have_microseconds_and_no_server_time_zone(server: dict[str, Table]) -> None:
    """TIMESTAMP would be moved by the connection's time zone and end in 2038."""
    wrong = {
        f"{table.name}.{column}": kind
        for table in server.values()
        for column, (kind, _null) in table.columns.items()
        if re.match(r"(timestamp|datetime)", kind) and kind != "datetime(6)"
    }

    assert wrong == {}


def test_the_picture_shows_every_relation_of_the_models() -> None:
    drawn = set(re.findall(r"^    \w+ [|}]o--[o|]\| .*$", DOCUMENT.read_text(), re.MULTILINE))

    labels = {label for group in schema_document.PICTURES.values() for label in group}
    assert drawn == set(schema_document.relations(labels))
    assert {model._meta.app_label for model in schema_document.own_models()} <= labels


def test_every_table_of_the_document_has_words(document: dict[str, Table]) -> None:
    assert [table.name for table in document.values() if not table.prose] == []


@pytest.mark.mysql
def test_rewriting_changes_nothing_and_keeps_the_words() -> None:
    if getattr(connection, "mysql_is_mariadb", False):
        pytest.skip("the document speaks MySQL's type names")
    text = DOCUMENT.read_text()

    assert schema.rewritten(text) == text


def type_of(server: dict[str, Table], place: str) -> str:
    table, column = place.split(".")
    return server[table].columns[column][0]
