"""What Elasticsearch is given of a message, and how it is to read it."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from mercury.db.keyset import EPOCH, MICROSECOND
from waha import texts
from waha.models import MessageFields, WahaMessage, WahaMessageText, whereabouts

LANGUAGES = ("english", "german", "arabic")


@cache
def mappings() -> dict[str, Any]:
    """The fields: `said` by several languages' rules, `words` exactly as the database has them."""
    # Not installed where no Elasticsearch is set: `make demo`.
    from elasticsearch import dsl  # noqa: PLC0415

    class MessageDocument(dsl.Document):
        session_id = dsl.Long()
        chat_id = dsl.Long()
        id = dsl.Long()
        at = dsl.Long()  # microseconds: Elasticsearch's own dates would lose the last three digits
        from_me = dsl.Boolean()
        type = dsl.Keyword()
        words = dsl.Text(analyzer="whitespace")
        said = dsl.Text(
            analyzer="standard",
            fields={
                **{name: dsl.Text(analyzer=name) for name in LANGUAGES},
                "cjk": dsl.Text(analyzer="cjk"),
            },
        )

        class Meta:
            dynamic = dsl.MetaField("strict")

    found: dict[str, Any] = MessageDocument._doc_type.mapping.to_dict()
    return found


def template() -> dict[str, Any]:
    """The index template: every index that begins like ours is made so."""
    return {
        "settings": {"number_of_shards": 1, "auto_expand_replicas": "0-1"},
        "mappings": mappings(),
    }


def of(rows: Iterable[WahaMessageText]) -> dict[int, dict[str, Any]]:
    """{id: document} of texts whose messages are still there."""
    rows = list(rows)
    messages = _messages(rows)
    return {row.pk: _document(row, messages[row.pk]) for row in rows if row.pk in messages}


def _document(row: WahaMessageText, message: MessageFields) -> dict[str, Any]:
    return {
        "id": row.pk,
        "at": microseconds(row.created_at),
        "session_id": row.session_id,
        "chat_id": row.chat_id,
        "from_me": row.from_me,
        "type": row.type,
        "words": row.words,
        "said": f"{message.content} {texts.beside(message.extra)} {message.media_name}".strip(),
    }


def microseconds(at: Any) -> int:
    """A time as the index holds it."""
    return int((at - EPOCH) // MICROSECOND)


def _messages(rows: list[WahaMessageText]) -> dict[int, MessageFields]:
    """The messages, from the archive where their month lies there; a query for each place."""
    if not rows:
        return {}
    times = [row.created_at for row in rows]
    pks = [row.pk for row in rows]
    span = {"pk__in": pks, "created_at__range": (min(times), max(times))}
    found: dict[int, MessageFields] = {
        message.pk: message for message in WahaMessage.objects.filter(**span)
    }
    if whereabouts.months_between(min(times), max(times)):
        for session in {row.session_id for row in rows}:
            archived = whereabouts.archive_of(session).filter(session_id=session, **span)
            found |= {message.pk: message for message in archived}
    return found
