"""Sessions, pairing and the server itself, as WAHA's REST has them."""

from typing import Any
from urllib.parse import quote

from waha.gateway.answers import Json, Me, ServerVersion, SessionInfo, as_dict, as_list, as_text
from waha.gateway.errors import Refused, Unavailable
from waha.gateway.transport import Transport


def escape(part: str) -> str:
    """Escape one part of a path; `@` and `/` too."""
    return quote(part, safe="")


class SessionCalls(Transport):
    """Calls about sessions. All may be made again: WAHA's own are idempotent."""

    def ping(self) -> bool:
        """Tell whether something that speaks WAHA answers; needs no key."""
        return as_dict(self._read("GET", "/ping")).get("message") == "pong"

    def server_version(self) -> ServerVersion:
        """Return version and engine; a wrong key shows here first."""
        return ServerVersion.read(self._read("GET", "/api/server/version"))

    def sessions(self, *, include_stopped: bool = True) -> list[SessionInfo]:
        """Return the sessions of this server; stopped ones too unless told otherwise."""
        params = {"all": "true"} if include_stopped else None
        found = as_list(self._read("GET", "/api/sessions", params=params))
        return [SessionInfo.read(one) for one in found]

    def session(self, name: str) -> SessionInfo:
        """Return one session. Raises Refused with code `missing` when there is none."""
        return SessionInfo.read(self._read("GET", self._session(name)))

    def create_session(self, name: str, config: Json, *, start: bool = True) -> SessionInfo:
        """Make a session. Raises Refused (422) when the name is taken."""
        # `start` is always said: 2026.2.1 took its absence as no, the documents say yes.
        body = {"name": name, "config": config, "start": start}
        return SessionInfo.read(self._read("POST", "/api/sessions", json=body))

    def update_session(self, name: str, config: Json) -> SessionInfo:
        """Replace the whole config. A running session restarts: 3-6 s without events."""
        return SessionInfo.read(self._read("PUT", self._session(name), json={"config": config}))

    def start_session(self, name: str) -> SessionInfo:
        """Start a session; one that runs is left alone."""
        return self._do(name, "start")

    def stop_session(self, name: str) -> SessionInfo:
        """Stop a session, keeping its pairing."""
        return self._do(name, "stop")

    def restart_session(self, name: str) -> SessionInfo:
        """Stop and start a session."""
        return self._do(name, "restart")

    def logout_session(self, name: str) -> SessionInfo:
        """Unlink the phone; the config stays, and a session that ran asks for a new QR."""
        return self._do(name, "logout")

    def delete_session(self, name: str) -> None:
        """Unlink the phone and forget the session."""
        self._read("DELETE", self._session(name))

    def me(self, name: str) -> Me | None:
        """Return the account of a session, None before it is paired."""
        return Me.read(self._read("GET", f"{self._session(name)}/me"))

    def qr_png(self, name: str) -> bytes:
        """Return the QR to scan, as a PNG. Raises Refused (`state`) unless it waits for a scan."""
        path = f"/api/{escape(name)}/auth/qr"
        return self._bytes(path, accept="image/png", params={"format": "image"})

    def qr_value(self, name: str) -> str:
        """Return the text of the QR, for drawing it ourselves."""
        path = f"/api/{escape(name)}/auth/qr"
        answer = as_dict(self._read("GET", path, params={"format": "raw"}))
        if value := as_text(answer.get("value")):
            return value
        raise Unavailable("WAHA gave no QR code. Try again in a few seconds.")

    def request_code(self, name: str, phone: str) -> str:
        """Return a pairing code to type on the phone `phone` (digits, country code first)."""
        path = f"/api/{escape(name)}/auth/request-code"
        answer = as_dict(self._read("POST", path, json={"phoneNumber": phone}))
        if code := as_text(answer.get("code")):
            return code
        raise Unavailable("WAHA gave no pairing code. Scan the QR code instead.")

    def passkey_code(self, name: str) -> str:
        """Return the code that the phone shows too, while a passkey waits to be confirmed.

        GOWS of WAHA 2026.7.1 and newer; raises Refused when nothing waits.
        """
        path = f"/api/{escape(name)}/auth/passkey/confirmation"
        if code := as_text(as_dict(self._read("GET", path)).get("code")):
            return code
        raise Unavailable("WAHA gave no code to compare. Look at its dashboard.")

    def confirm_passkey(self, name: str) -> None:
        """Say that both codes are the same, which ends the pairing."""
        self._read("POST", f"/api/{escape(name)}/auth/passkey/confirm")

    def new_message_id(self, name: str) -> str | None:
        """Reserve an id for a send; None where the engine or version cannot (WEBJS, old WAHA)."""
        try:
            answer: Any = self._read("GET", f"/api/{escape(name)}/new-message-id")
        except Refused as refusal:
            if refusal.status in {404, 501}:
                return None
            raise
        return as_text(as_dict(answer).get("id"))

    def _session(self, name: str) -> str:
        return f"/api/sessions/{escape(name)}"

    def _do(self, name: str, action: str) -> SessionInfo:
        return SessionInfo.read(self._read("POST", f"{self._session(name)}/{action}"))
