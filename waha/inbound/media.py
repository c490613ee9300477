"""Fetches the files of messages from WAHA, which keeps them for three minutes only.

The waha_media row is the work. Nothing is shown as missing before every step of the ladder was
tried; an expired file is asked for again by its message's id.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from attachments import intake
from attachments import services as files
from attachments.intake import Stored
from attachments.models import Attachment
from attachments.refusals import FileCut, FileEmpty, FileRefused, StorageFailed
from mercury.celery import hint, send_hint
from mercury.db.models import TimestampedQuerySet
from mercury.db.retry import retried
from waha import updates
from waha.gateway.answers import as_dict
from waha.gateway.client import (
    BadMediaUrl,
    Refused,
    Unavailable,
    WahaClient,
    WahaError,
    media_path,
)
from waha.models import (
    Engine,
    MediaState,
    MessageFields,
    UpdateKind,
    WahaMedia,
    WahaMessage,
    whereabouts,
)
from waha.servers import client_for

logger = logging.getLogger(__name__)

# Seconds after the first, second ... vain try; about fifteen hours in all.
LADDER = (5, 15, 60, 300, 900, 3600, 4 * 3600, 6 * 3600)
FILE_SECONDS = 120.0
LEASE = timedelta(seconds=300)
SECONDS = 45.0
BATCH = 20
STORAGE_PAUSE = timedelta(seconds=60)
# A file shorter than WhatsApp says is half of one, or WhatsApp errs: believed for so many tries,
# after which WAHA's first copy is gone and what comes is what there is.
TRIES_FOR_SIZE = 4
# These find a message by its raw id; the others want the full one.
BY_RAW_ID = {Engine.NOWEB, Engine.GOWS}


class Missing(Exception):
    """WAHA cannot give the file now; its words are for the log and the journal page."""


def fetch_due() -> int:
    """Fetch what is due, one after the other; returns how many it tried.

    Ends after a while even if more is due, and asks for another worker then.
    """
    ends, tried = time.monotonic() + SECONDS, 0
    while due := _due():
        progress = 0
        for pk in due:
            if time.monotonic() >= ends:
                send_hint("fetch_media")
                return tried + progress
            if row := _claim(pk):
                progress += 1
                _fetch(row)
        tried += progress
        if not progress:
            break
    return tried


@retried()
@transaction.atomic
def fetch_again(message: MessageFields) -> bool:
    """Try once more to fetch a file that was given up, at once; False when it was not.

    One try, so that whoever asked soon sees what came of it.
    """
    now = whereabouts.find_to_change(message.session_id, message.pk, message.created_at)
    if now is None or now.media_state != MediaState.MISSING:
        return False
    again: dict[str, object] = {
        "state": MediaState.PENDING, "attempts": len(LADDER), "due_at": timezone.now(),
        "lease_until": None,
    }  # fmt: skip
    given_up = WahaMedia.objects.filter(message_id=message.pk)
    if not given_up.exclude(state=MediaState.PENDING).update(**again):
        if given_up.exists():
            return False
        WahaMedia.objects.create(
            session_id=message.session_id,
            chat_id=message.chat_id,
            message_id=message.pk,
            message_created_at=message.created_at,
            **again,
        )
    _change(now, media_state=MediaState.PENDING)
    hint("fetch_media")
    return True


def _free() -> Q:
    now = timezone.now()
    return Q(state=MediaState.PENDING, due_at__lte=now) & (
        Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    )


def _due() -> list[int]:
    rows = WahaMedia.objects.filter(_free()).order_by("due_at", "pk")
    return list(rows.values_list("pk", flat=True)[:BATCH])


@retried()
def _claim(pk: int) -> WahaMedia | None:
    """Take one row; the end of our lease, exact to the microsecond, says that it is ours."""
    lease = timezone.now() + LEASE
    claimed = WahaMedia.objects.filter(_free(), pk=pk).update(
        lease_until=lease, attempts=F("attempts") + 1
    )
    if not claimed:
        return None
    return (
        WahaMedia.objects.select_related("session__server__secret", "chat")
        .filter(pk=pk, lease_until=lease)
        .first()
    )


def _fetch(row: WahaMedia) -> None:
    """Fetch one claimed file, whatever happens: a fault of one must not stop the others."""
    message = _message(row)
    if message is None:
        WahaMedia.objects.filter(pk=row.pk).delete()  # it was joined with another
        return
    if Attachment.objects.of_many(WahaMessage, [message.pk]).exists():
        _keep(row, None)  # we sent it ourselves
        return
    try:
        stored = _receive(client_for(row.session), row, message)
    except StorageFailed as error:
        # Not the file's fault: the disk may be full for long, and no step is lost by it.
        _postpone(row, str(error), STORAGE_PAUSE, attempts=row.attempts - 1)
    except FileCut as cut:
        _try_again(row, f"The file came with {cut.came} bytes instead of {cut.announced}.")
    except FileEmpty as error:
        _try_again(row, str(error))
    except FileRefused as error:
        _give_up(row, str(error))
    except (WahaError, Missing) as error:
        _try_again(row, str(error))
    except Exception:
        logger.exception("media %s met an error of ours", row.pk)
        _try_again(row, "an error of ours")
    else:
        _keep_or_discard(row, stored)


def _receive(client: WahaClient, row: WahaMedia, message: MessageFields) -> Stored:
    """The file by its path, and if that leads nowhere any more by its message."""
    if row.path:
        try:
            return _stream(client, row, row.path, message)
        except (BadMediaUrl, FileEmpty, FileCut):
            pass  # WAHA stored nothing under it, half a file, or none at all
        except Refused as refusal:
            if refusal.code != "missing":
                raise
    path = _new_path(client, row, message)
    WahaMedia.objects.filter(pk=row.pk, lease_until=row.lease_until).update(path=path)
    return _stream(client, row, path, message)


def _stream(client: WahaClient, row: WahaMedia, path: str, message: MessageFields) -> Stored:
    suffix = path.rpartition(".")[2]
    name = message.media_name or f"{message.type}-{message.created_at:%Y%m%d-%H%M%S}.{suffix}"
    with client.fetch_file(path) as file:
        return intake.receive(
            _in_time(file),
            name=name,
            max_bytes=settings.MEDIA_MAX_BYTES,
            keep_huge=True,
            announced=message.media_size or 0 if row.attempts <= TRIES_FOR_SIZE else 0,
        )


def _in_time(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks, as long as the whole file comes in time: a byte a second never times out."""
    ends = time.monotonic() + FILE_SECONDS
    for chunk in chunks:
        if time.monotonic() > ends:
            raise Unavailable("WAHA gave out a file too slowly.")
        yield chunk


def _new_path(client: WahaClient, row: WahaMedia, message: MessageFields) -> str:
    """Have WAHA fetch the file from WhatsApp again; works as long as WhatsApp has it."""
    answer = client.message(
        row.session.waha_name, row.chat.chat_id, _message_id(row, message), download_media=True
    )
    media = as_dict(answer.get("media"))
    if not media.get("url"):
        # `media.error` holds a stack trace of WAHA's: not for people, not for our log.
        raise Missing("WAHA could not fetch the file from WhatsApp.")
    return media_path(media["url"])


def _message_id(row: WahaMedia, message: MessageFields) -> str:
    if row.session.server.engine in BY_RAW_ID:
        return str(message.message_id)
    parts = ["true" if message.from_me else "false", row.chat.chat_id, message.message_id]
    if row.chat.is_group and message.sender_id:
        parts.append(message.sender_id)
    return "_".join(parts)


def _keep_or_discard(row: WahaMedia, stored: Stored) -> None:
    try:
        kept = _keep(row, stored)
    except BaseException:
        intake.discard(stored)
        raise
    if not kept:  # our lease ran out, another worker has it
        intake.discard(stored)


@retried()
@transaction.atomic
def _keep(row: WahaMedia, stored: Stored | None) -> bool:
    """Hang the file on its message and tell the screens; False when the row is not ours now."""
    if not _ours(row).update(state=MediaState.STORED, lease_until=None, last_error=""):
        return False
    message = _message(row)
    if message is None:
        return False
    values: dict[str, object] = {"media_state": MediaState.STORED}
    if stored is not None:
        # Files hang on the message under the id it keeps in the archive.
        record = WahaMessage(pk=message.pk)
        files.attach(stored, record=record, by=None, chat_id=message.chat_id)
        values |= {"media_mime": stored.mime_type, "media_size": stored.size}
    _change(message, **values)
    return True


def _try_again(row: WahaMedia, reason: str) -> None:
    if row.attempts > len(LADDER):
        _give_up(row, reason)
        return
    _postpone(row, reason, timedelta(seconds=LADDER[max(row.attempts, 1) - 1]), row.attempts)


def _postpone(row: WahaMedia, reason: str, pause: timedelta, attempts: int) -> None:
    _ours(row).update(
        due_at=timezone.now() + pause, lease_until=None, last_error=reason, attempts=attempts
    )


@retried()
@transaction.atomic
def _give_up(row: WahaMedia, reason: str) -> None:
    if not _ours(row).update(state=MediaState.MISSING, lease_until=None, last_error=reason):
        return
    if message := _message(row):
        _change(message, media_state=MediaState.MISSING)


def _change(message: MessageFields, **values: object) -> None:
    message.stored().update(**values)
    updates.record(
        UpdateKind.CHANGE, message.session_id, message.chat_id, message.pk,
        from_me=message.from_me,
    )  # fmt: skip


def _ours(row: WahaMedia) -> TimestampedQuerySet[WahaMedia]:
    return WahaMedia.objects.filter(
        pk=row.pk, state=MediaState.PENDING, lease_until=row.lease_until
    )


def _message(row: WahaMedia) -> MessageFields | None:
    """The message, archived or not; in a transaction it may then be changed."""
    find = whereabouts.find
    if transaction.get_connection().in_atomic_block:
        find = whereabouts.find_to_change
    return find(row.session_id, row.message_id, row.message_created_at)
