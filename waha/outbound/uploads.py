"""What WhatsApp makes of a file: which kind of message it becomes, and how large it may be."""

from django.conf import settings
from django.utils.translation import gettext as _

from waha.models import MessageType
from waha.outbound.refusals import MessageRefused

# WAHA takes bodies up to 50 MB, and base64 makes four bytes of three.
WAHA_MAX_BYTES = 36 * 1024 * 1024
OGG = "audio/ogg"

SHOWN = {
    "image/jpeg": MessageType.IMAGE,
    "image/png": MessageType.IMAGE,
    "image/webp": MessageType.IMAGE,
    "video/mp4": MessageType.VIDEO,
}


def max_bytes() -> int:
    """The largest file that can be sent, in bytes."""
    return min(int(settings.MEDIA_MAX_BYTES), WAHA_MAX_BYTES)


def kind_of(mime_type: str, *, voice: bool) -> tuple[MessageType, str]:
    """The kind of message, and the type to send it under. Raises MessageRefused.

    A recording made in a browser is WebM, which by its content could as well be a video.
    """
    if voice:
        mime_type = "audio/webm" if mime_type == "video/webm" else mime_type
        if not mime_type.startswith("audio/"):
            raise MessageRefused(_("This is not a recording. Send it as a file instead."))
        return MessageType.VOICE, mime_type
    if mime_type.startswith("audio/"):
        return MessageType.AUDIO, mime_type
    return SHOWN.get(mime_type, MessageType.DOCUMENT), mime_type
