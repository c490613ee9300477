"""Sending a file that hangs on a record: its bytes are copied, the record keeps its own."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from attachments import services
from attachments.models import Attachment
from audit import log
from waha.models import WahaChat, WahaMessage, WahaOutbox
from waha.outbound import outbox
from waha.outbound.refusals import MessageRefused

if TYPE_CHECKING:
    from accounts.models import User


def send_stored(
    *, chat: WahaChat, attachment: Attachment, by: "User", client_token: str, caption: str = ""
) -> WahaMessage:
    """Queue a copy of a stored file, looked at and typed anew like any upload.

    The caller read `attachment` through `visible_to`. The same token returns the first message.
    Raises MessageRefused.
    """
    if attachment.is_quarantined:
        raise MessageRefused(
            _("%(name)s is held back by the virus scan. It cannot be sent.")
            % {"name": attachment.display_name}
        )
    is_new = not WahaOutbox.objects.filter(client_token=client_token).exists()
    message = outbox.send_file(
        chat=chat,
        upload=services.Kept(attachment),
        by=by,
        client_token=client_token,
        caption=caption,
    )
    if is_new:
        log.record("file.sent", target=attachment, by=by, new={"chat": chat.pk})
    return message
