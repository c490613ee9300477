"""Labels of chats: what WhatsApp Business says of them, and what the lists show."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import transaction

from mercury.db.retry import retried
from waha import updates
from waha.gateway.answers import LabelInfo
from waha.gateway.payloads import cut, normalise
from waha.models import (
    UpdateKind,
    WahaChat,
    WahaChatAddress,
    WahaChatLabel,
    WahaLabel,
    WahaUpdate,
)
from waha.models.label import LABEL_LENGTH

CHUNK = 500


def known(session_id: int, label_id: str) -> WahaLabel:
    """Return the label WhatsApp calls `label_id`, nameless until its name is told."""
    label, _made = WahaLabel.objects.get_or_create(session_id=session_id, label_id=label_id)
    return label


def describe(label: WahaLabel, *, name: str, color: str, removed: bool, at: datetime) -> bool:
    """Take the newest word on a label; returns whether it changed. A deleted one keeps its name."""
    name, color = cut(name, LABEL_LENGTH) or label.name, cut(color, 20) or label.color
    if label.heard_at is not None and (label.heard_at, label.name) >= (at, name):
        return False
    before = (label.name, label.color, label.is_removed)
    label.name, label.color, label.is_removed, label.heard_at = name, color, removed, at
    label.save()
    return before != (name, color, removed)


def put(chat_pk: int, label: WahaLabel, *, is_set: bool, at: datetime) -> bool:
    """Take the newest word on whether a chat has a label; returns whether it changed."""
    row = WahaChatLabel.objects.filter(chat_id=chat_pk, label=label).first()
    if row is None:
        WahaChatLabel.objects.create(chat_id=chat_pk, label=label, is_set=is_set, heard_at=at)
        return True
    if (row.heard_at, row.is_set) >= (at, is_set):
        return False
    changed = row.is_set != is_set
    row.is_set, row.heard_at = is_set, at
    row.save(update_fields=["is_set", "heard_at", "updated_at"])
    return changed


def chats_of(label: WahaLabel) -> list[int]:
    """The chats that have a label."""
    rows = WahaChatLabel.objects.filter(label=label, is_set=True)
    return list(rows.values_list("chat_id", flat=True))


def show(chat_pks: Iterable[int]) -> None:
    """Write onto chats what the lists show of their labels; 2 queries and one a chat that differs.

    Belongs last in a transaction: it writes rows that others wait for.
    """
    wanted = sorted(set(chat_pks))
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        shown: dict[int, list[dict[str, object]]] = {pk: [] for pk in chunk}
        rows = WahaChatLabel.objects.filter(
            chat_id__in=chunk, is_set=True, label__is_removed=False
        ).exclude(label__name="")
        columns = ("chat_id", "label_id", "label__name", "label__color")
        for chat_pk, pk, name, color in rows.order_by("label__name", "label_id").values_list(
            *columns
        ):
            shown[chat_pk].append({"pk": pk, "name": name, "color": color})
        had = dict(WahaChat.objects.filter(pk__in=chunk).values_list("pk", "labels"))
        for pk, before in had.items():
            if (before or []) != shown[pk]:
                WahaChat.objects.filter(pk=pk).update(labels=shown[pk])


def move(absorbed: int, keep: int) -> None:
    """Give the labels of a chat that goes to the one it becomes part of."""
    for row in WahaChatLabel.objects.filter(chat_id=absorbed).select_related("label"):
        put(keep, row.label, is_set=row.is_set, at=row.heard_at)


@retried()
@transaction.atomic
def replace_all(
    session_id: int,
    found: Iterable[LabelInfo],
    chats: Mapping[str, Collection[str]],
    *,
    at: datetime,
) -> None:
    """Take what WAHA answered as the truth of `at`; newer news of events stands.

    `chats` is {label id: addresses}; labels that are not in it keep their chats.
    """
    told = {each.id: each for each in found}
    changed: set[int] = set()
    for label in WahaLabel.objects.filter(session_id=session_id).exclude(label_id__in=told):
        if describe(label, name="", color="", removed=True, at=at):
            changed.update(chats_of(label))
    for label_id, info in told.items():
        label = known(session_id, label_id)
        if describe(label, name=info.name, color=info.color, removed=False, at=at):
            changed.update(chats_of(label))
        if label_id in chats:
            changed |= _replace_chats(label, chats[label_id], at)
    show(changed)
    updates.record_many(
        WahaUpdate(kind=UpdateKind.CHAT, session_id=session_id, chat_id=pk, ref=pk)
        for pk in sorted(changed)
    )


def _replace_chats(label: WahaLabel, addresses: Collection[str], at: datetime) -> set[int]:
    wanted = _chats_at(label.session_id, {normalise(each) for each in addresses} - {""})
    had = set(chats_of(label))
    changed = {pk for pk in wanted if put(pk, label, is_set=True, at=at)}
    return changed | {pk for pk in had - wanted if put(pk, label, is_set=False, at=at)}


def _chats_at(session_id: int, addresses: set[str]) -> set[int]:
    """Chats under these addresses; one nobody wrote in has none yet."""
    found: set[int] = set()
    ordered = sorted(addresses)
    for start in range(0, len(ordered), CHUNK):
        rows = WahaChatAddress.objects.filter(
            session_id=session_id, address__in=ordered[start : start + CHUNK]
        )
        found.update(rows.values_list("chat_id", flat=True))
    return found
