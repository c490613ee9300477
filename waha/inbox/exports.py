"""A chat as a file to keep: its text, and on demand its files, in one ZIP.

Streamed from the first page of messages on, so that neither a long chat nor its films lie in
memory; what is in the archive is in it, too.
"""

import logging
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any

from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from attachments.models import Attachment, ScanState
from attachments.names import clean_name
from audit import log
from audit.models import AuditLog
from mercury.db.keyset import Cursor
from mercury.ui.templatetags.ui import kind_word
from waha.inbox import call_entries, history, threads
from waha.inbox.bubbles import Bubble
from waha.inbox.call_entries import CallEntry
from waha.inbox.open_chat import Chat
from waha.models import WahaCall, WahaChat, WahaMessage

logger = logging.getLogger(__name__)

MOST = 100_000
PER_HOUR = 20
PAGE = 500
CHUNK = 256 * 1024
EVENT = "chat.exported"
TEXT, MISSED = "chat.txt", "missing.txt"


class ExportRefused(Exception):
    """An export that is too large, or one too many; the text is fit to show."""


class NotWhole(Exception):
    """A file that could not be read, or not to its end."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """From when until before when, and whether files come along."""

    start: datetime
    end: datetime
    files: bool


def begin(user: User, chat: Chat, wanted: Wanted) -> Iterator[bytes]:
    """The ZIP, piece by piece; on record before the first one. Raises ExportRefused."""
    hour = timezone.now() - timedelta(hours=1)
    lately = AuditLog.objects.filter(
        user_type="accounts.user", actor_id=user.pk, event=EVENT, timestamp__gte=hour
    )
    if lately.count() >= PER_HOUR:
        raise ExportRefused(
            _("You have exported %(most)s times within the hour. Try again later.")
            % {"most": PER_HOUR}
        )
    count = history.count(user, chat, wanted.start, wanted.end)
    if not count:
        raise ExportRefused(_("There are no messages on these days."))
    if count > MOST:
        raise ExportRefused(
            _("These are more than %(most)s messages. Choose fewer days.") % {"most": f"{MOST:,}"}
        )
    days = {"from": f"{wanted.start:%Y-%m-%d}", "until": f"{wanted.end:%Y-%m-%d}"}
    new = {"messages": count, "files": wanted.files, **days}
    log.record(EVENT, target=WahaChat(pk=chat.pk), by=user, new=new)
    return _zipped(user, chat, wanted)


def _zipped(user: User, chat: Chat, wanted: Wanted) -> Iterator[bytes]:
    out, files = _Pieces(), _Files()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(_entry(TEXT), "w", force_zip64=True) as text:
            # The mark tells Windows that this is UTF-8.
            text.write(("\ufeff" + _head(chat)).encode())
            for messages, calls in _pages(user, chat, wanted):
                if wanted.files:
                    files.add(row.pk for row in messages if row.has_media)
                for entry in threads.draw(chat, threads.in_order(messages, calls)):
                    text.write(_line(entry, files.names).encode())
                yield out.take()
        missed = []
        for name, path in files.stored:
            try:
                yield from _copied(archive, out, name, path)
            except NotWhole:
                missed.append(name)
        if missed:
            archive.writestr(_entry(MISSED), _told_missing(missed))
    yield out.take()


def _told_missing(names: list[str]) -> bytes:
    """What the reader of the ZIP must know of files that could not be read."""
    told = _("These files could not be read, or not to their end. Export the chat again later.")
    return ("\ufeff" + "\n".join([told, "", *names]) + "\n").encode()


def _pages(user: User, chat: Chat, wanted: Wanted) -> Iterator[tuple[list[Any], list[WahaCall]]]:
    """Messages from `start` until before `end`, oldest first, and the calls among them."""
    cursor, end = Cursor(wanted.start, 0), Cursor(wanted.end, 0)
    # Somebody may have called before the first message.
    told = threads.START if wanted.start == chat.first_at else cursor
    while told != end:
        rows = history.after(user, chat, cursor, PAGE)
        within = [row for row in rows if row.created_at < wanted.end]
        is_last = len(rows) < PAGE or len(within) < len(rows)
        until = end if is_last else Cursor(rows[-1].created_at, rows[-1].pk)
        yield within, call_entries.between(user, chat, told, until)
        cursor = told = until


def _copied(archive: zipfile.ZipFile, out: "_Pieces", name: str, path: str) -> Iterator[bytes]:
    """One stored file; raises NotWhole, and one that cannot be read leaves the rest whole."""
    try:
        source: IO[bytes] = default_storage.open(path)
        piece = source.read(CHUNK)  # a bucket is asked no sooner
        # Pictures and films are packed already.
        with (
            source,
            archive.open(_entry(name, zipfile.ZIP_STORED), "w", force_zip64=True) as target,
        ):
            while piece:
                target.write(piece)
                yield out.take()
                piece = source.read(CHUNK)
    except Exception as error:  # storages raise what their libraries raise
        logger.error("a stored file is not in an export: %s", type(error).__name__)
        raise NotWhole from error


def _entry(name: str, packing: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, timezone.now().astimezone(UTC).timetuple()[:6])
    entry.compress_type = packing
    return entry


class _Files:
    """Files of exported messages: their names in the ZIP by message, and where they are stored."""

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.stored: list[tuple[str, str]] = []

    def add(self, pks: Iterable[int]) -> None:
        """Files of messages that were read through visible_to: who sees one sees the other."""
        self.names = {}
        kind = ContentType.objects.get_for_model(WahaMessage)
        found = Attachment.objects.kept().filter(model_type=kind, model_id__in=list(pks))
        for file in found.exclude(scan_state=ScanState.QUARANTINED).order_by("pk"):
            name = f"files/{len(self.stored) + 1:05} {clean_name(file.display_name)}"
            self.names[file.model_id] = name
            self.stored.append((name, file.path))


class _Pieces:
    """What a ZIP is written to: nothing but what was not taken yet is kept."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """Nothing is open."""

    def take(self) -> bytes:
        """All that was written since the last time."""
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def _head(chat: Chat) -> str:
    zone = timezone.get_current_timezone_name()
    told = _("%(chat)s on %(number)s. Times are those of %(zone)s.")
    return told % {"chat": chat.name, "number": chat.number.name, "zone": zone} + "\n\n"


def _line(entry: Bubble | CallEntry, names: dict[int, str]) -> str:
    """`2026-03-01 14:05  Carla: Hello`, further lines of a text set in."""
    at = date_format(timezone.localtime(entry.at), "Y-m-d H:i")
    if isinstance(entry, CallEntry):
        return f"{at}  [{', '.join(filter(None, (entry.title, entry.outcome)))}]\n"
    who = entry.sent_by or (_("We") if entry.from_me else entry.sender_name)
    return f"{at}  {who}: " + _said(entry, names).replace("\n", "\n    ") + "\n"


def _said(bubble: Bubble, names: dict[int, str]) -> str:
    parts = []
    if bubble.quote is not None:
        parts.append(f"> {bubble.quote.author}: {bubble.quote.text}".replace("\n", " "))
    if bubble.revoked:
        parts.append(_("(deleted)"))
    elif bubble.media is not None:
        parts.append(f"[{names.get(bubble.pk) or bubble.media.name or kind_word(bubble.type)}]")
    elif not bubble.content and (word := kind_word(bubble.type)):
        parts.append(f"[{word}]")
    if bubble.location is not None:
        place = bubble.location
        parts.append(f"{place.name} {place.address} {place.lat}, {place.lng}".strip())
    if bubble.poll is not None:
        parts.append(bubble.poll.question)
        parts += [f"- {each.text} ({each.votes})" for each in bubble.poll.options]
    parts += [f"{name}: {', '.join(numbers)}" for name, numbers in bubble.contacts]
    if bubble.content and not bubble.revoked:
        parts.append(bubble.content + (" " + _("(changed)") if bubble.edited else ""))
    parts += [f"{emoji} {who}" for emoji, _count, who in bubble.reactions]
    return "\n".join(parts)
