"""What the pages of numbers show of one: its state, in words, and what may be done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from mercury.ui import phones
from waha import hookup, reachout
from waha.models import Level, SessionStatus, WahaServer, WahaSession
from waha.models.sharing import levels
from waha.numbers import advice

# WAHA is asked every minute.
SILENT_AFTER = timedelta(minutes=3)
RUNNING = {SessionStatus.WORKING, SessionStatus.CONNECTING, SessionStatus.SCAN_QR}
# An event of a change of state is here within moments, and `last_event_at` moves in steps.
HEARD_WITHIN, STEP = timedelta(seconds=20), timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class NumberCard:
    """A number as the list and its own page draw it."""

    pk: int
    title: str
    name: str
    phone: str
    push_name: str
    state: str
    state_label: str
    advice: str
    alarm: str
    owner: str
    level: str
    may_manage: bool
    is_running: bool
    is_removed: bool
    shows_qr: bool
    asks_code: bool
    start_label: str
    stranger: str
    server: str
    server_silent: bool
    not_heard: bool
    webhook_url: str


def cards(user: User) -> list[NumberCard]:
    """The numbers `user` may see, in two queries however many there are."""
    sessions = WahaSession.objects.visible_to(user).select_related("user", "server")
    found = [card(session, user) for session in sessions]
    return sorted(found, key=lambda each: each.is_removed)


def card(session: WahaSession, user: User) -> NumberCard:
    """One number in the words for `user`; `user` and `server` of it should be loaded."""
    level = levels(user)[session.pk]
    may_manage = level >= Level.MANAGE
    status, silent = session.shown_status, is_silent(session.server)
    # What was good when the server was last heard of is not said to be good now.
    doubtful = silent and status == SessionStatus.WORKING
    return NumberCard(
        pk=session.pk,
        title=phones.name(str(session)),
        name=session.name,
        phone=phones.phone(session.phone),
        push_name=session.push_name,
        state=SessionStatus.CONNECTING.value if doubtful else status.value,
        state_label=_("server away") if doubtful else advice.state_label(session),
        advice=advice.state_words(session, may_manage=may_manage)
        if not doubtful
        else _("It worked when its server was last heard of."),
        alarm=advice.alarm_words(session) if may_manage else "",
        owner=session.user.name,
        level=str(level.label),
        may_manage=may_manage,
        is_running=status in RUNNING,
        is_removed=session.removed_at is not None,
        shows_qr=may_manage and session.waha_status == "SCAN_QR_CODE",
        asks_code=may_manage and session.waha_status == "PASSKEY_CONFIRMATION_REQUIRED",
        start_label=advice.start_words(session),
        stranger=_phone_of(session.stranger_id) if may_manage else "",
        server=session.server.name,
        server_silent=silent,
        not_heard=may_manage and is_not_heard(session),
        webhook_url=hookup.webhook_url(session) if may_manage else "",
    )


def locked_until(card: NumberCard) -> datetime | None:
    """Until when WhatsApp lets the number answer only; one query."""
    return reachout.locked_until(card.pk) if card.is_running else None


def is_silent(server: WahaServer) -> bool:
    """Whether a server that has answered before stopped doing so."""
    seen = server.last_seen_at
    return seen is not None and timezone.now() - seen > SILENT_AFTER


def is_not_heard(session: WahaSession) -> bool:
    """Whether a change of state is known by asking alone: WAHA told us nothing of it.

    Then its webhooks do not reach us, and messages come only as they are fetched.
    """
    changed, heard = session.status_changed_at, session.last_event_at
    if session.shown_status not in RUNNING or changed is None:
        return False
    if timezone.now() - changed < HEARD_WITHIN:
        return False
    return heard is None or heard < changed - STEP


def _phone_of(address: str) -> str:
    return phones.phone(f"+{address.split('@')[0]}") if address else ""
