"""Legal holds are placed and released here, on record."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from audit import log
from crm.models import Contact
from waha.models import WahaChat, WahaHold

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def place(
    *, reason: str, by: "User | None", chat: WahaChat | None = None, contact: Contact | None = None
) -> WahaHold:
    """Keep everything of a chat or of a contact's chats from deletion until it is released."""
    hold = WahaHold.objects.create(chat=chat, contact=contact, reason=reason, placed_by=by)
    log.record("hold.placed", target=chat or contact, by=by, new={"hold": hold.pk})
    return hold


@transaction.atomic
def release(*, hold: WahaHold, by: "User | None") -> None:
    """End a hold; what it kept falls to retention again. A second time changes nothing."""
    standing = WahaHold.objects.standing().filter(pk=hold.pk)
    if standing.update(released_at=timezone.now(), released_by=by):
        log.record("hold.released", target=hold.chat or hold.contact, by=by, old={"hold": hold.pk})
