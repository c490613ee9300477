"""What the logs say about themselves and about commands, in sentences."""

from django.utils.translation import gettext_lazy as _

from audit import sentences

OURS = {
    "command.run": _("{who} ran the command {command}: {outcome}"),
    "audit.exported": _("{who} exported {entries} entries of the audit log"),
    "audit.pruned": _("{entries} entries of the audit log were deleted, as retention asks"),
    "error.resolved": _("{who} marked the error {record} as resolved"),
    "error.reopened": _("{who} opened the error {record} again"),
    "attachment.downloaded": _("{who} downloaded {record}"),
}


def register() -> None:
    """Teach the audit pages these sentences."""
    sentences.register(_("Logs, commands and files"), OURS)
    sentences.translate("outcome", {"done": _("done"), "failed": _("failed")})
