"""Labels of a WhatsApp Business account: made, changed and deleted there, for all its chats."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mercury.db.retry import retried
from waha import labels as rows
from waha import questions
from waha.gateway.answers import LabelInfo
from waha.gateway.client import Refused, WahaClient
from waha.gateway.label_colors import COLORS
from waha.models import LookupKind, WahaLabel, WahaSession
from waha.models.label import LABEL_LENGTH
from waha.outbound.asking import ask, journal
from waha.outbound.outbox import clean
from waha.outbound.refusals import MessageRefused

if TYPE_CHECKING:
    from accounts.models import User

Answer = TypeVar("Answer")


def create(*, session: WahaSession, name: str, color: int, by: "User") -> WahaLabel:
    """Make a label on the number's account. Raises MessageRefused."""
    words = _name(session, name)
    _check_color(color)
    info = _ask(session, lambda client: client.create_label(session.waha_name, words, color))
    if not info.id:
        raise MessageRefused(
            _("WhatsApp gave no answer on the new label. It appears here once it is there.")
        )
    shown = info.color or COLORS[color]
    label = rows.known(session.pk, info.id)
    _keep(label, info.name or words, shown, "label.created", by, old=None)
    return label


def change(*, label: WahaLabel, name: str, color: int | None, by: "User") -> None:
    """Give a label another name or colour; None keeps the colour. Raises MessageRefused."""
    session = label.session
    _check_there(label)
    words = _name(session, name, but=label)
    if color is not None:
        _check_color(color)
    shown = label.color if color is None else COLORS[color]
    if (words, shown) == (label.name, label.color):
        return
    if color is None and label.color not in COLORS:
        color = 0  # WhatsApp wants one with every name, and ours was never told
    chosen = color

    def put(client: WahaClient) -> LabelInfo:
        return client.update_label(
            session.waha_name, label.label_id, words, color=chosen, hex_=label.color
        )

    info = _ask(session, put)
    old = {"name": label.name, "color": label.color}
    _keep(label, info.name or words, info.color or shown, "label.changed", by, old=old)


def delete(*, label: WahaLabel, by: "User") -> None:
    """Delete a label, which takes it off every chat. Raises MessageRefused.

    One that WhatsApp does not have any more is deleted here, too.
    """
    session = label.session
    if label.is_removed:
        return

    def drop(client: WahaClient) -> None:
        try:
            client.delete_label(session.waha_name, label.label_id)
        except Refused as refusal:
            if refusal.code != "missing":
                raise

    ask(session, drop)
    _keep(
        label, label.name, label.color, "label.deleted", by,
        old={"name": label.name, "color": label.color}, removed=True,
    )  # fmt: skip


@retried()
@transaction.atomic
def _keep(
    label: WahaLabel,
    name: str,
    color: str,
    entry: str,
    by: "User",
    *,
    old: dict[str, str] | None,
    removed: bool = False,
) -> None:
    """Show it at once, and let the journal bring it to the chats; both bear the same time."""
    at = _now()
    rows.describe(label, name=name, color=color, removed=removed, at=at)
    event = "label.deleted" if removed else "label.upsert"
    payload = {"id": label.label_id, "name": name, "colorHex": color}
    new = None if removed else {"name": name, "color": color}
    journal(label.session, [(event, payload)], entry, label.session, by, at=at, old=old, new=new)


def _now() -> datetime:
    """Now, in whole milliseconds as the journal's envelopes have it."""
    now = timezone.now()
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _ask(session: WahaSession, do: Callable[[WahaClient], Answer]) -> Answer:
    try:
        return ask(session, do)
    except MessageRefused as refused:
        cause = refused.__cause__
        if not isinstance(cause, Refused) or cause.code not in ("missing", "unprocessable"):
            raise
        if cause.code == "unprocessable":
            raise MessageRefused(_("Only accounts of WhatsApp Business have labels.")) from refused
        questions.want(session.pk, LookupKind.LABELS)
        raise MessageRefused(
            _("WhatsApp has no such label any more. The list is being read again.")
        ) from refused


def _name(session: WahaSession, name: str, *, but: WahaLabel | None = None) -> str:
    words = " ".join(clean(name).split())
    if not words:
        raise MessageRefused(_("Give the label a name."))
    if len(words) > LABEL_LENGTH:
        raise MessageRefused(_("The name is too long. Shorten it to 100 characters."))
    named = WahaLabel.objects.standing().filter(session=session, name=words)
    if (named.exclude(pk=but.pk) if but else named).exists():
        raise MessageRefused(_("There is a label of this name already."))
    return words


def _check_there(label: WahaLabel) -> None:
    if label.is_removed:
        raise MessageRefused(_("This label was deleted meanwhile."))


def _check_color(color: int) -> None:
    if color not in range(len(COLORS)):
        raise MessageRefused(_("Choose one of WhatsApp's colours."))
