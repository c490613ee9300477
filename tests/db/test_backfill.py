"""A column is added, filled in batches beside the running product, and made strict."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models
from django.test.utils import isolate_apps

from mercury.db import backfill
from mercury.db.backfill import Backfill, Progress
from tests.factories import make_chat, make_read, make_user
from waha.models import ChatRead, WahaChat


@pytest.fixture
def letters(transactional_db: None) -> Iterator[Any]:
    """A table of its own with 25 rows and, after step one, an empty column `size`."""
    with isolate_apps("crm"):

        class Letter(models.Model):
            text = models.CharField(max_length=50)

            class Meta:
                app_label = "crm"
                db_table = "backfill_letters"

            def __str__(self) -> str:
                return self.text

    with connection.schema_editor() as editor:
        editor.create_model(Letter)
    try:
        Letter.objects.bulk_create(Letter(text="x" * number) for number in range(25))
        size = models.PositiveIntegerField(null=True)
        with connection.schema_editor() as editor:
            size.contribute_to_class(Letter, "size")
            editor.add_field(Letter, size)
        yield Letter
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(Letter)


def sizes(model: Any) -> Backfill:
    return Backfill(
        name="backfill_letters.size",
        why="An example.",
        missing=lambda: model.objects.filter(size=None),
        fill=lambda rows: rows.filter(size=None).update(size=models.functions.Length("text")),
    )


@pytest.mark.core
@pytest.mark.slow
def test_add_fill_tighten(letters: Any) -> None:
    told: list[tuple[int, int]] = []

    def tell(progress: Progress) -> None:
        told.append((progress.batches, progress.filled))
        if progress.batches == 1:
            # The product goes on meanwhile: code of the new release fills what it writes.
            letters.objects.create(text="new", size=3)

    backfill.run(sizes(letters), size=10, tell=tell)
    tighten(letters)

    assert told == [(1, 10), (2, 20), (3, 25)]
    assert {row.size == len(row.text) for row in letters.objects.all()} == {True}
    with pytest.raises(IntegrityError):
        letters.objects.create(text="without")


@pytest.mark.core
@pytest.mark.slow
def test_a_stopped_run_goes_on_where_rows_are_missing(letters: Any) -> None:
    def stop(progress: Progress) -> None:
        if progress.batches == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backfill.run(sizes(letters), size=10, tell=stop)
    half_way = letters.objects.filter(size=None).count()
    second = backfill.run(sizes(letters), size=10)

    assert (half_way, second.filled, second.batches) == (5, 5, 1)
    assert backfill.is_done(sizes(letters))


def tighten(model: Any) -> None:
    old = model._meta.get_field("size")
    strict = models.PositiveIntegerField()
    strict.set_attributes_from_name("size")
    strict.model = model
    with connection.schema_editor() as editor:
        editor.alter_field(model, old, strict)


@pytest.fixture
def reads(db: None) -> dict[str, ChatRead]:
    """Two people in a chat, as they were before the column was there."""
    chat = make_chat(in_seq=9, read_floor=7)
    behind, level = make_read(chat, make_user(), 4), make_read(chat, make_user(), 7)
    ChatRead.objects.update(is_behind=False)
    WahaChat.objects.update(read_floor=7)
    return {"behind": behind, "level": level}


@pytest.mark.core
def test_reads_that_are_behind_are_marked(reads: dict[str, ChatRead]) -> None:
    out = StringIO()

    call_command("backfill", "chat_reads.is_behind", pause=0, stdout=out)

    assert list(ChatRead.objects.filter(is_behind=True)) == [reads["behind"]]
    assert out.getvalue().splitlines()[-1].endswith("filled 1 rows in 1 batches.")


@pytest.mark.core
def test_check_fails_until_it_is_filled(reads: dict[str, ChatRead]) -> None:
    with pytest.raises(CommandError, match=r"backfill chat_reads\.is_behind"):
        call_command("backfill", check=True, stdout=StringIO())

    call_command("backfill", "chat_reads.is_behind", pause=0, stdout=StringIO())
    out = StringIO()
    call_command("backfill", check=True, stdout=out)

    assert "chat_reads.is_behind: done." in out.getvalue()


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(CommandError, match=r"there are: chat_reads\.is_behind"):
        call_command("backfill", "nothing")
