"""A number's state in words: what it means, and what a person is to do about it."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from waha.models import Alarm, SessionStatus, WahaSession

Words = str | Promise

FOR_MANAGERS: dict[str, Words] = {
    SessionStatus.WORKING: gettext_lazy("Messages come in and go out."),
    SessionStatus.CONNECTING: gettext_lazy("Connecting to WhatsApp. This takes a few seconds."),
    SessionStatus.SCAN_QR: gettext_lazy("Scan the QR code with the phone of this number."),
    SessionStatus.STOPPED: gettext_lazy("Switched off. Start it to receive and send messages."),
}
FOR_OTHERS: dict[str, Words] = {
    SessionStatus.WORKING: FOR_MANAGERS[SessionStatus.WORKING],
    SessionStatus.CONNECTING: FOR_MANAGERS[SessionStatus.CONNECTING],
}
# By the state before: the same FAILED has different causes.
FAILED_FROM: dict[str, Words] = {
    "WORKING": gettext_lazy(
        "WhatsApp ended the connection. Most often somebody removed this device on the phone, "
        "under Linked devices. Pair it again: press the button, then scan the new QR code. "
        "Chats are kept, and what customers write meanwhile is fetched afterwards."
    ),
    "SCAN_QR_CODE": gettext_lazy(
        "Nobody scanned the QR code within about three minutes. Have the phone at hand, then ask "
        "for a new code."
    ),
    "STARTING": gettext_lazy(
        "WAHA could not reach WhatsApp. Check that the WAHA server has a connection to the "
        "internet. If it has, WhatsApp may want a newer WAHA: update it, then start the number."
    ),
}
FAILED = gettext_lazy(
    "WhatsApp ended the connection. Start it again and scan the QR code if it shows one."
)
START_WORDS: dict[str, Words] = {
    "WORKING": gettext_lazy("Pair it again"),
    "SCAN_QR_CODE": gettext_lazy("Show a new code"),
}
# Where our five words say less than WAHA's.
STATES: dict[str, Words] = {
    "PASSKEY_REQUIRED": gettext_lazy("waiting for the passkey"),
    "PASSKEY_CONFIRMATION_REQUIRED": gettext_lazy("waiting for the passkey to be confirmed"),
}
PASSKEY: dict[str, Words] = {
    "PASSKEY_REQUIRED": gettext_lazy(
        "WhatsApp asks for the account's passkey, which only the phone's owner can give, in a "
        "browser at web.whatsapp.com. Open WAHA's dashboard, follow its passkey steps there, and "
        "come back: this page goes on by itself."
    ),
    "PASSKEY_CONFIRMATION_REQUIRED": gettext_lazy(
        "WhatsApp has the passkey and shows a code on the phone. Compare it with the one here, "
        "then confirm it on both."
    ),
}
ALARMS: dict[str, Words] = {
    Alarm.SILENT: gettext_lazy(
        "Nothing has come in for unusually long, at a time when something always does. It was "
        "restarted once. Write to it from another phone: if the message does not show here, "
        "restart it again, then look at the WAHA server."
    ),
    Alarm.DEAF: gettext_lazy(
        "WAHA receives messages but does not tell us of them; they are fetched every few minutes "
        "instead. It was restarted once. Test the connection below: WAHA has to reach Mercury."
    ),
    Alarm.CONFIG: gettext_lazy(
        "WAHA does not keep the settings we give it, so messages may come late. Update WAHA to "
        "2026.6.1 or newer and give its /app/.sessions a volume of its own."
    ),
}


def state_label(session: WahaSession) -> str:
    """The state in a word or two."""
    status = session.shown_status
    if status == SessionStatus.SCAN_QR and session.waha_status in STATES:
        return str(STATES[session.waha_status])
    return str(status.label)


def state_words(session: WahaSession, *, may_manage: bool) -> str:
    """What the state means for whoever looks."""
    status = session.shown_status
    if not may_manage and status not in FOR_OTHERS:
        return _("Not connected. Ask %(owner)s to connect it.") % {"owner": session.user.name}
    if not may_manage:
        return str(FOR_OTHERS[status])
    if session.removed_at is not None:
        return _("Taken off. Its chats can be read; to use it again it has to be paired again.")
    if session.stranger_id:
        return _("Stopped by Mercury until you have decided.")
    if session.waha_status in PASSKEY:
        return str(PASSKEY[session.waha_status])
    if status == SessionStatus.FAILED:
        return str(FAILED_FROM.get(session.came_from, FAILED))
    if status == SessionStatus.STOPPED and session.is_wanted:
        return _("It was stopped on the WAHA server, not here. Start it to go on.")
    return str(FOR_MANAGERS[status])


def start_words(session: WahaSession) -> str:
    """What the button that starts it says."""
    if session.status == SessionStatus.FAILED and session.came_from in START_WORDS:
        return str(START_WORDS[session.came_from])
    if session.removed_at is not None or not session.phone:
        return _("Connect")
    return _("Start")


def alarm_words(session: WahaSession) -> str:
    """What the watchdog found, "" for nothing."""
    return str(ALARMS.get(session.alarm, ""))
