"""The chat or message an address speaks of, as far as its user may act there."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from waha.models import Level, MessageFields, WahaChat, WahaMessage, whereabouts
from waha.models.sharing import levels


def chat(user: User, chat_id: int, level: Level = Level.VIEW) -> WahaChat:
    """A chat `user` may see. Raises Http404 for others, PermissionDenied below `level`."""
    found = get_object_or_404(
        WahaChat.objects.visible_to(user).select_related("session__server"), pk=chat_id
    )
    if levels(user)[found.session_id] < level:
        raise PermissionDenied(
            _("You may read this number but not answer on it. Ask who manages it.")
        )
    return found


def message(user: User, chat: WahaChat, message_id: int) -> WahaMessage:
    """A message of that chat. Raises Http404."""
    messages = WahaMessage.objects.visible_to(user).filter(chat_id=chat.pk)
    if chat.first_message_at is not None:
        # Spares the partitions from before the chat.
        messages = messages.filter(created_at__gte=chat.first_message_at)
    return get_object_or_404(messages, pk=message_id)


def any_message(user: User, chat: WahaChat, message_id: int) -> MessageFields:
    """The same, archived or not: for what changes nothing of the message. Raises Http404."""
    first = chat.first_message_at
    if first is not None and whereabouts.months_between(first, timezone.now()):
        archived = whereabouts.archive_of(chat.session_id).visible_to(user)
        found = archived.filter(pk=message_id, chat_id=chat.pk, created_at__gte=first).first()
        if found is not None:
            return found
    return message(user, chat, message_id)
