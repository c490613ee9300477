"""Who opened which chat, where AUDIT_CHAT_VIEWS asks for it."""

from django.conf import settings
from django.core.cache import cache

from accounts.models import User
from audit import log
from waha.models import WahaChat

HOUR = 3600


def note(user: User, chat_id: int) -> None:
    """Write down that `user` looks at a chat, once an hour; nothing, at no cost, unless asked."""
    if settings.AUDIT_CHAT_VIEWS and cache.add(f"audit.view:{user.pk}:{chat_id}", 1, HOUR):
        log.record("chat.viewed", target=WahaChat(pk=chat_id), by=user)
