"""The models of waha, one noun a file."""

from waha.models.call import CallType, WahaCall
from waha.models.chat import ChatKind, ChatRead, ChatState, WahaChat, WahaChatAddress
from waha.models.journal import EventState, WahaDrain, WahaEvent
from waha.models.media import WahaMedia
from waha.models.message import (
    MediaState,
    MessageStatus,
    MessageType,
    WahaMessage,
    WahaMessageKey,
    WahaReaction,
)
from waha.models.outbox import OutboxState, WahaOutbox
from waha.models.seen import WahaSeen
from waha.models.server import Engine, WahaServer
from waha.models.session import SeenPolicy, SessionStatus, WahaSession
from waha.models.sharing import Level, RoleWaha, UserWaha
from waha.models.update import UpdateKind, WahaUpdate

__all__ = [
    "CallType",
    "ChatKind",
    "ChatRead",
    "ChatState",
    "Engine",
    "EventState",
    "Level",
    "MediaState",
    "MessageStatus",
    "MessageType",
    "OutboxState",
    "RoleWaha",
    "SeenPolicy",
    "SessionStatus",
    "UpdateKind",
    "UserWaha",
    "WahaCall",
    "WahaChat",
    "WahaChatAddress",
    "WahaDrain",
    "WahaEvent",
    "WahaMedia",
    "WahaMessage",
    "WahaMessageKey",
    "WahaOutbox",
    "WahaReaction",
    "WahaSeen",
    "WahaServer",
    "WahaSession",
    "WahaUpdate",
]
