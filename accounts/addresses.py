"""allauth's table of addresses, kept in step with the one address that each user has here."""

from allauth.account.forms import AddEmailForm
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User


@transaction.atomic
def keep_in_step(user: User) -> None:
    """Hold `users.email` as the only address that counts; one being changed to stays pending.

    allauth takes every unverified row for the pending one, so the row of the account's own
    address is marked verified there; whether its owner confirmed it is `email_verified_at`.
    """
    rows = EmailAddress.objects.filter(user=user)
    rows.filter(verified=True).exclude(email=user.email).delete()
    if not rows.filter(email=user.email, verified=True, primary=True).exists():
        EmailAddress.objects.update_or_create(
            user=user, email=user.email, defaults={"verified": True, "primary": True}
        )


class NewAddressForm(AddEmailForm):  # type: ignore[misc]  # allauth ships no types
    """The address one wants to change to; colleagues may know whose it is already."""

    def clean_email(self) -> str:
        email = str(super().clean_email())
        if is_taken(email, by_other_than=self.user):
            raise ValidationError(_("Somebody else has this e-mail."))
        return email


def is_taken(email: str, *, by_other_than: User) -> bool:
    """Whether an address is another user's."""
    return User.objects.get_queryset().by_email(email).exclude(pk=by_other_than.pk).exists()
