"""What people do to a number on its WAHA server, and the codes that pair a phone.

Each function talks to WAHA outside any transaction and raises WahaError, whose reason is fit
to show.
"""

from datetime import datetime

from django.utils import timezone

from accounts.models import User
from audit import log
from waha import hookup, sessions, syncs
from waha.gateway.answers import SessionInfo
from waha.gateway.client import Refused, WahaClient
from waha.inbound import strangers
from waha.models import WahaSession
from waha.servers import client_for


def start(*, session: WahaSession, by: User) -> None:
    """Start a number; on a server that does not know it yet, make it there first.

    Where our part of its config is missing or changed it is put right, which restarts a session
    that runs.
    """
    client, asked_at = client_for(session), timezone.now()
    try:
        info = client.session(session.waha_name)
    except Refused as refusal:
        if refusal.code != "missing":
            raise
        info = client.create_session(session.waha_name, hookup.config(session, {}), start=True)
    else:
        info = _start_known(client, session, info)
    sessions.want(session=session, running=True)
    _note("session.started", session, info, asked_at, by)


def stop(*, session: WahaSession, by: User) -> None:
    """Stop a number; the phone stays paired."""
    asked_at = timezone.now()
    sessions.want(session=session, running=False)
    info = client_for(session).stop_session(session.waha_name)
    _note("session.stopped", session, info, asked_at, by)


def restart(*, session: WahaSession, by: User) -> None:
    """Stop and start a number, which mends a connection that hangs."""
    asked_at = timezone.now()
    info = client_for(session).restart_session(session.waha_name)
    sessions.want(session=session, running=True)
    _note("session.restarted", session, info, asked_at, by)


def log_out(*, session: WahaSession, by: User) -> None:
    """Unlink the phone: a number that ran asks for a new QR code."""
    asked_at = timezone.now()
    info = client_for(session).logout_session(session.waha_name)
    _note("session.logged_out", session, info, asked_at, by)


def remove(*, session: WahaSession, by: User) -> None:
    """Unlink the phone and let WAHA forget the session; its chats stay here, to be read."""
    asked_at = timezone.now()
    sessions.want(session=session, running=False)
    client_for(session).delete_session(session.waha_name)
    sessions.take_off(session=session)
    _note("session.removed", session, SessionInfo(session.waha_name, "STOPPED"), asked_at, by)


def set_up_again(*, session: WahaSession, by: User) -> None:
    """Put our config on WAHA after a choice of ours changed; a session that runs restarts."""
    asked_at, client = timezone.now(), client_for(session)
    info = client.session(session.waha_name)
    if hookup.is_kept(session, info.config):
        return
    info = client.update_session(session.waha_name, hookup.config(session, info.config))
    _note("session.config_changed", session, info, asked_at, by)


def adopt(*, session: WahaSession, by: User) -> None:
    """Take the other account that turned up for the number's own from now on, and start it.

    What it brought is applied; the chats of the former one stay.
    """
    address = session.stranger_id
    former = session.phone
    sessions.take_account(session=session, me_id=address)
    strangers.let_in(session, address)
    log.record(
        "session.account_changed",
        target=session,
        by=by,
        old={"phone": former},
        new={"phone": session.phone},
    )
    start(session=session, by=by)


def turn_away(*, session: WahaSession, by: User) -> None:
    """Unlink the other account that turned up, and ask for the right phone."""
    asked_at, client = timezone.now(), client_for(session)
    client.logout_session(session.waha_name)
    strangers.drop(session)
    sessions.turn_away(session=session)
    sessions.want(session=session, running=True)
    info = client.start_session(session.waha_name)
    _note("session.account_refused", session, info, asked_at, by)


def fetch_missed(*, session: WahaSession, by: User) -> None:
    """Have what was missed read from WAHA's history now."""
    syncs.reconcile(session=session, by=by)


def qr_png(session: WahaSession) -> bytes:
    """The QR code to scan now, as a PNG; it changes every 20 to 60 seconds."""
    return client_for(session).qr_png(session.waha_name)


def code(session: WahaSession, phone: str) -> str:
    """A code to type on the phone instead of scanning; good for a few minutes."""
    return client_for(session).request_code(session.waha_name, phone)


def passkey_code(session: WahaSession) -> str:
    """The code that WhatsApp shows on the phone too, to be compared."""
    return client_for(session).passkey_code(session.waha_name)


def confirm_passkey(*, session: WahaSession, by: User) -> None:
    """Say that the codes are the same; the state moves by itself when WhatsApp agrees."""
    client_for(session).confirm_passkey(session.waha_name)
    log.record("session.passkey_confirmed", target=session, by=by)


def _start_known(client: WahaClient, session: WahaSession, info: SessionInfo) -> SessionInfo:
    if not hookup.is_kept(session, info.config):
        info = client.update_session(session.waha_name, hookup.config(session, info.config))
    if info.status == "FAILED":
        return client.restart_session(session.waha_name)
    return client.start_session(session.waha_name)


def _note(
    event: str, session: WahaSession, info: SessionInfo, asked_at: datetime, by: User
) -> None:
    log.record(event, target=session, by=by)
    sessions.apply_status(session=session, waha_status=info.status, at=asked_at)
