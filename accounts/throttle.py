"""How often somebody may try to sign in, and why nobody can lock another out by trying.

Three limits on refusals: of one address on the network, of one account from one address, and
of one account from all browsers it was never signed in with. A browser that has signed in
before carries a signed cookie and is counted by itself, so that a stranger who uses up the
account's limit stops other strangers, not its owner. The numbers are in the settings
(ACCOUNT_RATE_LIMITS).
"""

import secrets
from typing import Any

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from audit.middleware import client_address

COOKIE = "__Host-device" if settings.SECURE else "mercury-device"
SALT = "accounts.device"
COOKIE_AGE = 400 * 24 * 3600  # what browsers allow at most
# More accounts on one computer than this are forgotten, oldest first.
MOST_ACCOUNTS = 5


class Attempt:
    """One try at an account; `allowed` counts it, `forgive` takes it back after success."""

    def __init__(self, request: HttpRequest, email: str) -> None:
        self.request = request
        self.email = email.strip().lower()
        self._used: list[Any] = []

    def allowed(self) -> bool:
        """Whether the password may be looked at at all."""
        where = client_address(self.request) or "unknown"
        if not self._count("sign_in_address", where):
            return False
        device = known_browser(self.request, self.email)
        if device:
            return self._count("sign_in_known_browser", f"{self.email}:{device}")
        return self._count("sign_in_account_address", f"{self.email}:{where}") and self._count(
            "sign_in_account_strangers", self.email
        )

    def forgive(self) -> None:
        for usage in self._used:
            usage.rollback()

    def _count(self, limit: str, key: str) -> bool:
        usage = ratelimit.consume(self.request, app="allauth.account", action=limit, key=key)
        if usage is not None:
            self._used.append(usage)
        return usage is not None


def known_browser(request: HttpRequest, email: str) -> str:
    """The id this browser got when `email` signed in with it before, or nothing."""
    return _accounts(request).get(_account_key(email), "")


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Give the browser its cookie: it has signed in as `user`."""
    accounts = _accounts(request)
    key = _account_key(user.email)
    device = accounts.pop(key, "") or secrets.token_urlsafe(16)
    kept = dict([*accounts.items(), (key, device)][-MOST_ACCOUNTS:])
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=SALT),
        max_age=COOKIE_AGE,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def _account_key(email: str) -> str:
    # Whoever reads the cookie learns no address from it.
    return signing.Signer(salt=SALT).signature(email.strip().lower())[:16]


def _accounts(request: HttpRequest) -> dict[str, str]:
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_AGE)
    except signing.BadSignature:
        return {}
    return {str(key): str(value) for key, value in dict(found).items()}
