"""Labels of WhatsApp Business: made, changed, deleted, put on chats and taken off."""

from waha import labels, questions
from waha.gateway.payloads import LabelEvent
from waha.inbound.apply.batch import Batch
from waha.inbound.apply.outcome import DONE, Outcome
from waha.models import LookupKind, UpdateKind, WahaLabel


def apply_label(batch: Batch, event: LabelEvent) -> Outcome:
    """Keep labels as the phone has them; the newest word on each stands."""
    label = labels.known(batch.session.pk, event.label_id)
    if event.chat:
        return _on_chat(batch, label, event)
    is_news = labels.describe(
        label, name=event.name, color=event.color, removed=event.removed, at=event.envelope.at
    )
    # What was done here is on the label's row already, and not yet on the chats.
    if is_news or label.heard_at == event.envelope.at:
        _show(batch, labels.chats_of(label))
    return DONE


def _on_chat(batch: Batch, label: WahaLabel, event: LabelEvent) -> Outcome:
    chat = batch.book.chat(event.chat)
    named = not label.name and bool(event.name)
    if named:
        # The label's own events say more; this one only must not stay nameless.
        label.name, label.color = event.name, event.color
        label.save(update_fields=["name", "color", "updated_at"])
    elif not label.name:
        questions.want(batch.session.pk, LookupKind.LABELS)
    put = labels.put(chat.pk, label, is_set=not event.removed, at=event.envelope.at)
    if put or named:
        _show(batch, [chat.pk] if not named else [chat.pk, *labels.chats_of(label)])
    return DONE


def _show(batch: Batch, chat_pks: list[int]) -> None:
    for pk in chat_pks:
        batch.note(UpdateKind.CHAT, pk, pk)
    batch.at_the_end(lambda: labels.show(chat_pks))
