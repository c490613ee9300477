"""How allauth signs people in here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.userkit import filter_users_by_email
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import addresses, sign_ins, throttle
from accounts.models import User
from audit import log, tracking
from audit.middleware import client_address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """People are invited; sign-ins are limited, written down and remembered by the browser."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or "unknown"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try in our own limits: allauth's lock an account whoever tries."""
        self._attempt = throttle.Attempt(request, str(credentials.get("email", "")))
        if not self._attempt.allowed():
            raise self.validation_error("too_many_login_attempts")

    def _rollback_login_failed_rl_usage(self) -> None:
        self._attempt.forgive()

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        address = str(credentials.get("email", ""))
        found = filter_users_by_email(address, for_login=True)
        sign_ins.record_failure(
            request, user=found[0] if found else None, address=address, method="password"
        )

    def login(self, request: HttpRequest, user: User) -> None:
        method = sign_ins.method_of(request, user)
        super().login(request, user)
        addresses.keep_in_step(user)
        sign_ins.record_success(request, user, method)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        throttle.remember_browser(request, response, user)
        return response

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        if isinstance(user, User):
            log.record("user.signed_out", target=user, by=user)
        super().logout(request)

    def set_password(self, user: User, password: str) -> None:
        """Change the password; every browser but the one it is done in is signed out."""
        user.set_password(password)
        with tracking.untold():
            user.save(update_fields=["password", "updated_at"])
        sign_ins.end_all(user=user, by=user, keep=self.request)
        log.record("user.password_changed", target=user, by=user)

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Take over a confirmed address as the one of the account."""
        user: User = email_address.user
        if addresses.is_taken(email_address.email, by_other_than=user):
            return False
        if not super().confirm_email(request, email_address):
            return False
        user.email_verified_at = timezone.now()
        user.save(update_fields=["email_verified_at", "updated_at"])
        log.record("user.email_confirmed", target=user, by=user)
        return True
