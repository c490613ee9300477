"""What the audit log says about numbers and their chats, in sentences."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Can
from audit import reading, sentences, tracking
from waha.models import WahaChat, WahaServer, WahaSession

if TYPE_CHECKING:
    from accounts.models import User

LEVELS = {"view": _("reading"), "reply": _("reply"), "manage": _("manage")}


def _shared(values: Mapping[str, Any]) -> str | Promise:
    if "role" in values:
        return _("{who} gave everybody with the role {role} {level} access to {record}")
    return _("{who} gave {user} {level} access to {record}")


def _unshared(values: Mapping[str, Any]) -> str | Promise:
    if "role" in values:
        return _("{who} took {record} away from the role {role}")
    return _("{who} took {record} away from {user}")


NUMBERS: dict[str, sentences.Sentence] = {
    "session.shared": _shared,
    "session.unshared": _unshared,
    "session.handed_over": _("{who} handed {record} over to {owner}"),
    "session.created": _("{who} connected {record}"),
    "session.changed": _("{who} changed the settings of {record}"),
    "session.deleted": _("{who} deleted {record}"),
    "session.started": _("{who} started {record}"),
    "session.stopped": _("{who} stopped {record}"),
    "session.restarted": _("{who} restarted {record}"),
    "session.paired": _("{record} was paired"),
    "session.passkey_confirmed": _("{who} confirmed the passkey of {record}"),
    "session.logged_out": _("{who} logged {record} out on WhatsApp"),
    "session.removed": _("{who} took {record} off"),
    "session.config_chosen": _("{who} chose what comes in on {record}"),
    "session.config_changed": _("{who} set {record} up again on WAHA"),
    "session.config_put_back": _("The settings of {record} were put back on WAHA"),
    "session.made_again": _("{record} was made again on WAHA, which had lost it"),
    "session.stopped_stranger": _("{record} was stopped: another account was connected"),
    "session.account_changed": _("{who} let {record} go on with another account"),
    "session.account_refused": _("{who} logged another account out of {record}"),
    "session.sending_paused": _("{who} paused sending on {record}"),
    "session.sending_resumed": _("{who} let {record} go on sending"),
    "session.pace_changed": _("{who} changed how fast {record} sends"),
    "session.calls_policy": _("{who} changed how {record} answers calls"),
    "session.company": _("{who} said whose number {record} is"),
    "label.created": _("{who} made a label on {record}"),
    "label.changed": _("{who} changed a label of {record}"),
    "label.deleted": _("{who} deleted a label of {record}"),
    "server.added": _("{who} added the WAHA server {record}"),
    "server.changed": _("{who} changed the WAHA server {record}"),
}
CHATS: dict[str, sentences.Sentence] = {
    "chat.started": _("{who} started {record}"),
    "chat.exported": _("{who} exported {messages} messages of {record}"),
    "chat.contact": _("{who} made the person of {record} a contact"),
    "call.called_back": _("{who} saw to {record}, which nobody had answered"),
    "call.reopened": _("{who} put {record} back among those to return"),
    "chat.viewed": _("{who} opened {record}"),
    "chat.pinned": _("{who} pinned {record} for everybody"),
    "chat.unpinned": _("{who} unpinned {record}"),
    "chat.archived": _("{who} archived {record}"),
    "chat.unarchived": _("{who} took {record} out of the archive"),
    "chat.unread_on_phone": _("{who} marked {record} unread on the phone"),
    "chat.labelled": _("{who} changed the labels of {record}"),
    "message.reacted": _("{who} reacted to a message"),
    "message.edited": _("{who} changed the text of a message"),
    "message.deleted": _("{who} deleted a message for everyone"),
    "message.starred": _("{who} starred a message"),
    "message.unstarred": _("{who} took the star off a message"),
    "message.pinned": _("{who} pinned a message in its chat"),
    "message.unpinned": _("{who} unpinned a message in its chat"),
    "file.sent": _("{who} sent {record} in a chat"),
    "message.retried": _("{who} sent a failed message again"),
    "message.confirmed": _("{who} confirmed that a message went out"),
    "message.discarded": _("{who} discarded a message that was not sent"),
    "message.planned": _("{who} planned a message for later in {record}"),
    "message.cancelled": _("{who} called off a message for later in {record}"),
    "hold.placed": _("{who} put {record} on legal hold"),
    "hold.released": _("{who} released the legal hold on {record}"),
    "person.erased": _("{who} erased {record}"),
    "retention.purged": _("Archived messages of {month} were deleted, as retention asks"),
}


def register() -> None:
    """Teach the audit pages these sentences, and who may read what of which number."""
    tracking.track(
        WahaSession,
        fields=["name", "title", "company", "server", "waha_name", "seen_policy", "config"],
        hidden=["config"],
    )
    tracking.track(WahaServer, fields=["name", "url", "engine", "secret"], hidden=["secret"])
    sentences.register(_("Numbers"), NUMBERS)
    sentences.register(_("Chats and messages"), CHATS)
    sentences.translate("level", dict(LEVELS))
    sentences.name_ids(["session"], _numbers)
    reading.show_to(WahaSession, _known_numbers)
    reading.show_to(WahaChat, WahaChat.objects.visible_to)


def _known_numbers(user: "User") -> QuerySet[WahaSession]:
    rows = WahaSession.objects
    return rows.all() if user.has_perm(Can.VIEW_NUMBERS) else rows.visible_to(user)


def _numbers(pks: list[int]) -> dict[int, str]:
    return {row.pk: str(row) for row in WahaSession.objects.filter(pk__in=pks)}
