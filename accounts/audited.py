"""What the audit log says about people, roles and sign-ins, in sentences."""

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from audit import sentences, tracking

SIGNING_IN = {
    "user.signed_in": _("{who} signed in"),
    "user.sign_in_refused": _("A sign-in as {record} was refused"),
    "user.signed_out": _("{who} signed out"),
    "user.browser_signed_out": _("{who} signed one browser of {record} out"),
    "user.signed_out_everywhere": _("{record} was signed out everywhere"),
    "user.password_changed": _("{who} changed their password"),
    "user.email_confirmed": _("{who} confirmed their address"),
    "authenticator.added": _("{who} set up a second factor"),
    "authenticator.deleted": _("{who} removed a second factor"),
}
PEOPLE = {
    "user.added": _("{who} added {record}"),
    "user.changed": _("{who} changed the account of {record}"),
    "user.pictured": _("{who} changed the picture of {record}"),
    "user.deleted": _("{who} deleted {record}"),
    "user.invited": _("{who} invited {record}"),
    "user.invitation_accepted": _("{record} accepted the invitation"),
    "user.deactivated": _("{who} deactivated {record}"),
    "user.roles": _("{who} gave {record} the roles {roles}"),
    "user.grants": _("{who} changed what {record} may do"),
    "role.added": _("{who} added the role {record}"),
    "role.changed": _("{who} changed the role {record}"),
    "role.deleted": _("{who} deleted the role {record}"),
    "role.permissions": _("{who} changed what the role {record} allows"),
}


def register() -> None:
    """Have changes told, and teach the audit pages these sentences and people's names."""
    tracking.track(
        User,
        leave_out=[
            "last_login",
            "access_version",
            "phone_index",
            "remember_token",
            "email_verified_at",
            "picture_key",
        ],
        hidden=["encrypted_phone"],
    )
    tracking.track(Role, fields=["name", "guard_name", "description"])
    # Secrets and passkeys: that there is one, never what it is.
    tracking.track(Authenticator, fields=["user", "type"])
    sentences.register(_("Signing in"), SIGNING_IN)
    sentences.register(_("People and roles"), PEOPLE)
    people = ("user", "owner", "heir", "former", "assigned_to", "created_by", "placed_by", "by")
    sentences.name_ids(people, _people)
    sentences.name_ids(["role"], _roles)


def _people(pks: list[int]) -> dict[int, str]:
    users = User.objects.get_queryset().filter(pk__in=pks)
    return {user.pk: str(user) for user in users.only("name", "email")}


def _roles(pks: list[int]) -> dict[int, str]:
    return dict(Role.objects.filter(pk__in=pks).values_list("pk", "name"))
