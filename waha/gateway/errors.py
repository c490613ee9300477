"""What can go wrong between us and WAHA, told apart by what the caller may do next."""


class WahaError(Exception):
    """Anything the gateway raises. `reason` is a sentence a person understands."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class NotSent(WahaError):
    """A send that surely never reached WhatsApp: it may be tried again by a machine."""

    def __init__(
        self, reason: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(reason, status=status)
        self.retry_after = retry_after


class Refused(WahaError):
    """A definite no. `code` names the cause for machines, `session_status` is set on `state`.

    Codes: redirect, invalid, key, forbidden, missing, state, unprocessable, unsupported, locked.
    """

    def __init__(
        self, reason: str, *, status: int, code: str, session_status: str | None = None
    ) -> None:
        super().__init__(reason, status=status)
        self.code = code
        self.session_status = session_status


class ReachoutLocked(Refused):
    """WhatsApp lets this number answer people but not write to new ones (its error 463).

    The session stays WORKING and known chats work: do not restart it, do not pair it again.
    """


class Unavailable(WahaError):
    """A read or a control call that got no answer to use; asking again later is safe."""

    def __init__(
        self, reason: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(reason, status=status)
        self.retry_after = retry_after


class OutcomeUnknown(WahaError):
    """A send that WAHA may or may not have passed on. A machine never sends it again."""


class BadMediaUrl(WahaError):
    """A media address that is not a plain file of WAHA's own."""
