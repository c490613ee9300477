"""Inviting somebody by e-mail: a signed link, good once and for some days."""

from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts import access, addresses
from accounts.models import Role, User, new_remember_token
from audit import log

SALT = "accounts.invitation"


class InvitationRefused(Exception):
    """Nobody can be invited this way; str() is a sentence fit to show."""


def waiting() -> QuerySet[User]:
    """People who were invited and have not come yet, the newest first."""
    users = User.objects.get_queryset().filter(is_active=True, email_verified_at__isnull=True)
    # Django marks a password that nobody knows by its first character.
    unknown = users.filter(password__startswith="!")  # noqa: S106 - no password, its mark
    return unknown.prefetch_related("groups__role").order_by("-pk")


@transaction.atomic
def invite(*, email: str, name: str, roles: list[Role], by: User) -> User:
    """Make a user whom nobody can sign in as before the link is used; the mail is `send`'s.

    Raises InvitationRefused for an address that somebody has.
    """
    if User.objects.get_queryset().by_email(email).exists():
        raise InvitationRefused(_("There is already a user with this e-mail."))
    user = User.objects.create_user(email, None, name=name)
    access.set_roles(user=user, roles=roles, by=by)
    log.record("user.invited", target=user, by=by)
    return user


@transaction.atomic
def renew(*, user: User, by: User) -> None:
    """Make the links sent before worthless. Raises InvitationRefused for who has come already."""
    if not is_waiting(user):
        raise InvitationRefused(_("%(name)s has an account already.") % {"name": user})
    user.set_unusable_password()
    user.save(update_fields=["password", "updated_at"])
    log.record("user.invited", target=user, by=by)


def send(*, user: User, link: str, by: User) -> None:
    """Mail the link. Raises InvitationRefused when no mail server takes it."""
    context = {"name": user.name, "by": by, "link": link, "days": settings.INVITATION_DAYS}
    subject = render_to_string("accounts/email/invitation_subject.txt", context)
    body = render_to_string("accounts/email/invitation_message.txt", context)
    try:
        send_mail(" ".join(subject.split()), body.strip() + "\n", None, [user.email])
    except (OSError, SMTPException) as error:
        raise InvitationRefused(
            _("The mail could not be sent. Look at EMAIL_URL, then send the invitation again.")
        ) from error


def token(user: User) -> str:
    """What stands in the link: it dies with the next invitation and with its use."""
    return signing.dumps({"user": user.pk, "state": _state(user)}, salt=SALT)


def user_of(text: str) -> User | None:
    """The user a link was made for, while it is good."""
    try:
        found: Any = signing.loads(text, salt=SALT, max_age=settings.INVITATION_DAYS * 24 * 3600)
    except signing.BadSignature:
        return None
    user = User.objects.get_queryset().filter(pk=found["user"]).first()
    if user is None or not is_waiting(user):
        return None
    return user if constant_time_compare(found["state"], _state(user)) else None


def is_waiting(user: User) -> bool:
    """Whether `user` was invited and has not come yet."""
    return user.is_active and not user.has_usable_password() and user.email_verified_at is None


@transaction.atomic
def accept(*, text: str, name: str, password: str) -> User:
    """Let the invited person in: the link proves the mailbox. Raises InvitationRefused."""
    user = user_of(text)
    # The row is read again under its lock: of two clicks at once, one is too late.
    if user is None or not _locked(user, text):
        raise InvitationRefused(_("This invitation was used already or is too old."))
    user.name = name
    user.set_password(password)
    user.email_verified_at = timezone.now()
    user.remember_token = new_remember_token()
    user.save()
    addresses.keep_in_step(user)
    log.record("user.invitation_accepted", target=user, by=user)
    return user


def _locked(user: User, text: str) -> bool:
    User.objects.get_queryset().select_for_update().filter(pk=user.pk).first()
    return user_of(text) is not None


def _state(user: User) -> str:
    said = f"{user.pk}:{user.email}:{user.password}"
    return salted_hmac(SALT, said, algorithm="sha256").hexdigest()[:32]
