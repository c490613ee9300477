"""The words of messages as search looks them up, and how far a rebuilding of them is."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped, TimestampedQuerySet
from waha.models.message import MEDIA_TYPES
from waha.models.sharing import session_ids

if TYPE_CHECKING:
    from accounts.models import User


class WordsField(models.TextField):  # type: ignore[type-arg]  # no [] at run time
    """Coded words (mercury.words): ASCII, compared byte by byte."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters: dict[str, Any] = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "ascii_bin"
        return parameters


class WahaMessageTextQuerySet(models.QuerySet["WahaMessageText"]):
    def visible_to(self, user: "User") -> Self:
        """Texts of the numbers `user` may see."""
        return self.filter(session_id__in=session_ids(user))

    def with_file(self) -> Self:
        """Messages that are a file."""
        return self.filter(type__in=MEDIA_TYPES)


class WahaMessageText(models.Model):
    """The searchable words of one message, under its id, wherever the message itself is.

    A table of its own because MySQL takes no FULLTEXT index on a partitioned one. It also has
    what searches narrow by, so that a plan reads nothing else. Written by `waha.texts` alone, in
    the transaction that writes the message. `words` has a FULLTEXT index on MySQL and MariaDB and
    an FTS5 table beside it on SQLite, which triggers keep.
    """

    id = models.BigIntegerField(primary_key=True, editable=False)
    session = models.ForeignKey(
        "waha.WahaSession",
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    chat = models.ForeignKey(
        "waha.WahaChat", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    created_at = models.DateTimeField()
    from_me = models.BooleanField()
    type = models.CharField(max_length=20)
    words = WordsField(blank=True, default="")

    objects = WahaMessageTextQuerySet.as_manager()

    class Meta:
        db_table = "waha_message_texts"
        indexes = [
            NamedIndex(
                fields=["session", "-created_at", "-id"], name="idx_waha_message_texts_session"
            ),
            NamedIndex(fields=["chat", "-created_at", "-id"], name="idx_waha_message_texts_chat"),
        ]

    def __str__(self) -> str:
        return f"words of message {self.pk}"


class WahaTextChange(models.Model):
    """Words that changed and that Elasticsearch is still to hear of; its id is the version.

    Written in the transaction of the change, where ELASTICSEARCH_URL is set; deleted when taken.
    """

    text_id = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = models.Manager()

    class Meta:
        db_table = "waha_text_changes"

    def __str__(self) -> str:
        return f"change of the words of message {self.text_id}"


class WahaTextRebuild(Timestamped):
    """How far `rebuild_search` is in one table of messages: the last id it has done."""

    source = models.CharField(max_length=100, unique=True)
    last_id = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TimestampedQuerySet.as_manager()

    class Meta:
        db_table = "waha_text_rebuilds"

    def __str__(self) -> str:
        return f"rebuild of {self.source}"
