"""What happens in groups: who comes, goes, may more; their names are the chats' (`chats.py`)."""

from waha import groups, questions
from waha.gateway.payloads import GroupChange, GroupEvent, is_lid, is_phone
from waha.groups import Seen
from waha.inbound.apply.batch import Batch
from waha.inbound.apply.outcome import DONE, Outcome
from waha.models import LookupKind, UpdateKind, WahaGroup

MEMBERS = {
    GroupEvent.MEMBERS_JOINED: (True, ""),
    GroupEvent.MEMBERS_LEFT: (False, ""),
    # The role in these is not to be trusted: NOWEB named a demoted member an admin.
    GroupEvent.MEMBERS_PROMOTED: (True, "admin"),
    GroupEvent.MEMBERS_DEMOTED: (True, "participant"),
}


def apply_group(batch: Batch, event: GroupChange) -> Outcome:
    """Keep the list of members; where we have none yet, WAHA is asked for it."""
    chat = batch.book.chat(event.group)
    if event.change in MEMBERS:
        is_in, role = MEMBERS[event.change]
        seen = [Seen(each.address, each.alt, role or each.role) for each in event.members]
        groups.tell_some(chat.pk, seen, is_in=is_in, at=event.at)
        if not WahaGroup.objects.filter(chat_id=chat.pk, members_at__isnull=False).exists():
            questions.want(batch.session.pk, LookupKind.GROUP, chat.pk)
    elif event.change is GroupEvent.JOINED:
        groups.move(chat.pk, left=False, at=event.at)
        seen = [Seen(each.address, each.alt, each.role) for each in event.members]
        if seen:
            groups.tell_all(chat.pk, seen, at=event.at)
    elif event.change is GroupEvent.LEFT:
        groups.move(chat.pk, left=True, at=event.at)
    else:
        # Not all engines say in the event what was changed: who may write is asked for.
        questions.want(batch.session.pk, LookupKind.GROUP, chat.pk)
    if event.only_admins is not None:
        groups.rule(chat.pk, only_admins=event.only_admins, at=event.at)
    _note_own(batch, event, chat.pk)
    batch.note(UpdateKind.CHAT, chat.pk, chat.pk)
    return DONE


def _note_own(batch: Batch, event: GroupChange, chat_pk: int) -> None:
    """See whether the event was about our own number: groups list it under its LID."""
    me = event.envelope.me
    mine = {batch.session.me_id, me.address if me else "", me.lid if me else ""} - {""}
    if not any({each.address, each.alt} & mine for each in event.members):
        return
    if me and is_lid(me.lid) and is_phone(me.address):
        groups.tell_pair(batch.session.pk, me.lid, me.address)
    groups.note_own(chat_pk, mine)
