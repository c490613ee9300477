"""What the pages of numbers say: a number's state in words, and what to do about it."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from mercury.ui import phones
from waha.models import Level, SessionStatus, WahaServer, WahaSession
from waha.models.sharing import levels

# WAHA is asked every minute.
SILENT_AFTER = timedelta(minutes=3)
RUNNING = {SessionStatus.WORKING, SessionStatus.CONNECTING, SessionStatus.SCAN_QR}

FOR_MANAGERS: dict[str, str | Promise] = {
    SessionStatus.WORKING: gettext_lazy("Messages come in and go out."),
    SessionStatus.CONNECTING: gettext_lazy("Connecting to WhatsApp. This takes a few seconds."),
    SessionStatus.SCAN_QR: gettext_lazy("Scan the QR code with the phone of this number."),
    SessionStatus.FAILED: gettext_lazy(
        "WhatsApp ended the connection. Start it again and scan the QR code if it shows one."
    ),
    SessionStatus.STOPPED: gettext_lazy("Switched off. Start it to receive and send messages."),
}
FOR_OTHERS: dict[str, str | Promise] = {
    SessionStatus.WORKING: FOR_MANAGERS[SessionStatus.WORKING],
    SessionStatus.CONNECTING: FOR_MANAGERS[SessionStatus.CONNECTING],
}


@dataclass(frozen=True, slots=True)
class NumberCard:
    """A number as the list and its own page draw it."""

    pk: int
    title: str
    name: str
    phone: str
    state: str
    state_label: str
    advice: str
    owner: str
    level: str
    may_manage: bool
    is_running: bool
    shows_qr: bool
    server_silent: bool


def cards(user: User) -> list[NumberCard]:
    """The numbers `user` may see, in two queries however many there are."""
    sessions = WahaSession.objects.visible_to(user).select_related("user", "server")
    return [card(session, user) for session in sessions]


def card(session: WahaSession, user: User) -> NumberCard:
    """One number in the words for `user`; `user` and `server` of it should be loaded."""
    level = levels(user)[session.pk]
    may_manage = level >= Level.MANAGE
    status = SessionStatus(session.status)
    return NumberCard(
        pk=session.pk,
        title=phones.name(str(session)),
        name=session.name,
        phone=phones.phone(session.phone),
        state=status.value,
        state_label=str(status.label),
        advice=_advice(session, status, may_manage=may_manage),
        owner=session.user.name,
        level=str(level.label),
        may_manage=may_manage,
        is_running=status in RUNNING,
        shows_qr=may_manage and status == SessionStatus.SCAN_QR,
        server_silent=is_silent(session.server),
    )


def is_silent(server: WahaServer) -> bool:
    """Whether a server that has answered before stopped doing so."""
    seen = server.last_seen_at
    return seen is not None and timezone.now() - seen > SILENT_AFTER


def _advice(session: WahaSession, status: SessionStatus, *, may_manage: bool) -> str:
    if may_manage:
        return str(FOR_MANAGERS[status])
    if status in FOR_OTHERS:
        return str(FOR_OTHERS[status])
    return _("Not connected. Ask %(owner)s to connect it.") % {"owner": session.user.name}
