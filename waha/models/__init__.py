"""The models of waha, one noun a file."""

from waha.models.archive import (
    ArchiveState,
    WahaArchiveGate,
    WahaArchiveMonth,
    WahaArchivePlace,
    WahaMessageArchive,
)
from waha.models.call import CallState, CallType, WahaCall
from waha.models.chat import ChatKind, ChatRead, ChatState, WahaChat, WahaChatAddress
from waha.models.erased import ERASED, WahaErased
from waha.models.group import MemberRole, WahaGroup, WahaGroupMember
from waha.models.hold import WahaHold
from waha.models.journal import EventState, WahaDrain, WahaEvent, WahaEventCount
from waha.models.label import WahaChatLabel, WahaLabel
from waha.models.lookup import LookupKind, WahaLookup
from waha.models.mark import MarkKind, WahaMark
from waha.models.media import WahaMedia
from waha.models.message import (
    MediaState,
    MessageFields,
    MessageStatus,
    MessageType,
    WahaMessage,
    WahaMessageKey,
    WahaReaction,
)
from waha.models.outbox import OutboxState, WahaOutbox
from waha.models.pace import WahaPace
from waha.models.scheduled import ScheduledState, WahaScheduled
from waha.models.seen import WahaSeen
from waha.models.server import Engine, WahaServer
from waha.models.session import PATIENCE, Alarm, SeenPolicy, SessionStatus, WahaSession
from waha.models.sharing import Level, RoleWaha, UserWaha
from waha.models.text import WahaMessageText, WahaTextChange, WahaTextRebuild
from waha.models.update import UpdateKind, WahaUpdate
from waha.models.watch import SyncKind, SyncState, WahaGap, WahaSessionState, WahaSync

__all__ = [
    "ERASED",
    "PATIENCE",
    "Alarm",
    "ArchiveState",
    "CallState",
    "CallType",
    "ChatKind",
    "ChatRead",
    "ChatState",
    "Engine",
    "EventState",
    "Level",
    "LookupKind",
    "MarkKind",
    "MediaState",
    "MemberRole",
    "MessageFields",
    "MessageStatus",
    "MessageType",
    "OutboxState",
    "RoleWaha",
    "ScheduledState",
    "SeenPolicy",
    "SessionStatus",
    "SyncKind",
    "SyncState",
    "UpdateKind",
    "UserWaha",
    "WahaArchiveGate",
    "WahaArchiveMonth",
    "WahaArchivePlace",
    "WahaCall",
    "WahaChat",
    "WahaChatAddress",
    "WahaChatLabel",
    "WahaDrain",
    "WahaErased",
    "WahaEvent",
    "WahaEventCount",
    "WahaGap",
    "WahaGroup",
    "WahaGroupMember",
    "WahaHold",
    "WahaLabel",
    "WahaLookup",
    "WahaMark",
    "WahaMedia",
    "WahaMessage",
    "WahaMessageArchive",
    "WahaMessageKey",
    "WahaMessageText",
    "WahaOutbox",
    "WahaPace",
    "WahaReaction",
    "WahaScheduled",
    "WahaSeen",
    "WahaServer",
    "WahaSession",
    "WahaSessionState",
    "WahaSync",
    "WahaTextChange",
    "WahaTextRebuild",
    "WahaUpdate",
]
