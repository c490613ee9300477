"""Files that the virus scan holds back are asked about again: clamd may have been away."""

import logging
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models, transaction

from attachments import copies, scanning
from attachments.models import Attachment, ScanState
from audit import log

logger = logging.getLogger(__name__)

SECONDS = 120.0
CHUNK = 100


@dataclass(slots=True)
class Looked:
    """How many are free now, how many stay, and whether all could be asked about."""

    freed: int = 0
    held: int = 0
    is_whole: bool = True


def look_again() -> Looked:
    """Free what clamd calls clean by now; stops in time, and as soon as clamd gives no answer."""
    looked, ends = Looked(), time.monotonic() + SECONDS
    if not settings.CLAMD_URL:
        return looked
    held = Attachment.objects.kept().filter(scan_state=ScanState.QUARANTINED)
    for chunk in held.in_chunks(CHUNK):
        for attachment in chunk:
            verdict = _verdict(attachment) if time.monotonic() < ends else None
            if verdict is None:
                looked.is_whole = False
                return looked
            if verdict == ScanState.CLEAN and _free(attachment):
                looked.freed += 1
            else:
                looked.held += 1
    return looked


def _verdict(attachment: Attachment) -> str | None:
    try:
        file = default_storage.open(attachment.path)
    except Exception as error:  # storages raise what their libraries raise
        logger.warning("a held file cannot be read: %s", type(error).__name__)
        return ScanState.QUARANTINED
    with file:
        try:
            return scanning.ask(file)
        except (OSError, scanning.ScanFailed) as error:
            logger.warning("held files cannot be scanned: %s", type(error).__name__)
            return None


@transaction.atomic
def _free(attachment: Attachment) -> bool:
    # By its path, too: somebody may have replaced the bytes meanwhile.
    same = Attachment.objects.filter(
        pk=attachment.pk, path=attachment.path, scan_state=ScanState.QUARANTINED
    )
    if not same.update(scan_state=ScanState.CLEAN):
        return False
    attachment.scan_state = ScanState.CLEAN
    copies.want(attachment)
    owner = attachment.record
    target = owner if isinstance(owner, models.Model) else attachment
    log.record("attachment.freed", target=target, new={"file": attachment.pk})
    return True
