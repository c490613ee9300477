"""Second factors: secrets at rest, refused codes on record, and who must have one."""

import logging
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import sign_ins
from accounts.models import User
from mercury.db import encryption
from mercury.db.encryption import DecryptionError

logger = logging.getLogger(__name__)

PLACE = "mfa_authenticator.data"


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Keeps the secrets of authenticator apps and recovery codes encrypted."""

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text.encode(), place=PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret; where its key is lost, a sentence for the form that asks for a code."""
        try:
            return encryption.decrypt(encrypted_text, place=PLACE).decode()
        except DecryptionError as error:
            logger.error("%s `manage.py doctor` says what to do.", error)
            raise ValidationError(
                _(
                    "Your second factor cannot be checked: the installation has lost the key it "
                    "is encrypted with. Tell an administrator."
                )
            ) from error

    def get_totp_issuer(self) -> str:
        return "Mercury CRM"

    def _get_site_name(self) -> str:
        return "Mercury CRM"


class CodeForm(AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The code asked for after the password; a wrong one is written down."""

    def _emit_authentication_failed(self, authenticator: Any) -> None:
        super()._emit_authentication_failed(authenticator)
        user: User = self.user
        sign_ins.record_failure(context.request, user=user, address="", method="code")


def has_one(user: User) -> bool:
    """Whether `user` has set up any second factor."""
    return bool(is_mfa_enabled(user))


def was_shown(request: HttpRequest, user: User) -> bool:
    """Whether a second factor was shown in this very browser."""
    return any(each["method"] == "mfa" for each in get_authentication_records(request, user))


def is_missing_for_admin(request: HttpRequest) -> bool:
    """Whether the admin pages must wait for a second factor (REQUIRE_ADMIN_MFA)."""
    user = request.user
    if not settings.REQUIRE_ADMIN_MFA or not isinstance(user, User) or not user.is_staff:
        return False
    return not was_shown(request, user)
