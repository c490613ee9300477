"""The word index: FULLTEXT on MySQL and MariaDB, FTS5 with triggers on SQLite."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MYSQL = "CREATE FULLTEXT INDEX idx_waha_message_texts_words ON waha_message_texts (words)"
SQLITE = (
    "CREATE VIRTUAL TABLE waha_message_texts_fts USING fts5("
    "words, content='waha_message_texts', content_rowid='id', prefix='2 4',"
    " tokenize=\"ascii tokenchars '_'\")",
    "CREATE TRIGGER waha_message_texts_added AFTER INSERT ON waha_message_texts BEGIN"
    " INSERT INTO waha_message_texts_fts(rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER waha_message_texts_gone AFTER DELETE ON waha_message_texts BEGIN"
    " INSERT INTO waha_message_texts_fts(waha_message_texts_fts, rowid, words)"
    " VALUES ('delete', old.id, old.words); END",
    "CREATE TRIGGER waha_message_texts_changed AFTER UPDATE OF words ON waha_message_texts BEGIN"
    " INSERT INTO waha_message_texts_fts(waha_message_texts_fts, rowid, words)"
    " VALUES ('delete', old.id, old.words);"
    " INSERT INTO waha_message_texts_fts(rowid, words) VALUES (new.id, new.words); END",
)


def index(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    vendor = schema_editor.connection.vendor
    with schema_editor.connection.cursor() as cursor:
        for statement in (MYSQL,) if vendor == "mysql" else SQLITE:
            cursor.execute(statement)


def unindex(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with schema_editor.connection.cursor() as cursor:
        if schema_editor.connection.vendor == "mysql":
            cursor.execute("DROP INDEX idx_waha_message_texts_words ON waha_message_texts")
            return
        for trigger in ("added", "gone", "changed"):
            cursor.execute(f"DROP TRIGGER waha_message_texts_{trigger}")
        cursor.execute("DROP TABLE waha_message_texts_fts")


class Migration(migrations.Migration):
    # MySQL commits at each DDL statement anyway.
    atomic = False
    dependencies = [("waha", "0021_create_message_texts")]

    operations = [migrations.RunPython(index, unindex)]
