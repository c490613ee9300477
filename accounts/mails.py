"""The mails of an installation without a mail server: files that its owners may read."""

import email
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.utils import mktime_tz, parsedate_tz
from pathlib import Path

from django.conf import settings

from accounts.models import User
from accounts.permissions import Can

FILES = "django.core.mail.backends.filebased.EmailBackend"
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it was sent."""

    to: str
    subject: str
    body: str
    at: datetime | None


def may_read(user: User) -> bool:
    """Whoever reads these can use other people's links, so owners alone."""
    return settings.EMAIL_BACKEND == FILES and user.has_perm(Can.CHANGE_ROLES)


def newest() -> list[Mail]:
    """The newest mails, at most SHOWN."""
    folder = Path(settings.EMAIL_FILE_PATH or settings.MAIL_DIR)
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [mail for path in files[:SHOWN] for mail in reversed(_read(path))][:SHOWN]


def _read(path: Path) -> list[Mail]:
    """One file holds what one connection sent, with a line of dashes after each."""
    parts = path.read_bytes().split(b"\n" + b"-" * 79 + b"\n")
    return [_mail(part) for part in parts if part.strip()]


def _mail(raw: bytes) -> Mail:
    message = email.message_from_bytes(raw, policy=policy.default)
    body = message.get_body(("plain",))
    parsed = parsedate_tz(str(message["Date"] or ""))
    return Mail(
        to=str(message["To"]),
        subject=str(message["Subject"]),
        body=body.get_content() if body else "",
        at=datetime.fromtimestamp(mktime_tz(parsed), UTC) if parsed else None,
    )
