"""Users, roles and permissions, and the tables that join them."""

import secrets
from collections.abc import Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, PermissionsMixin
from django.contrib.auth.models import Permission as AuthPermission
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models, transaction
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from mercury.db import encryption
from mercury.db.encryption import EncryptedCharField, Unreadable
from mercury.db.fields import ExactCharField
from mercury.db.models import Timestamped, TimestampedQuerySet

PHONE_PLACE = "users.phone_index"


class Guard(models.TextChoices):
    """The kind of sign-in a role counts for."""

    WEB = "web", _("Browser")
    API = "api", _("API")


def new_remember_token() -> str:
    """A token whose change ends every sign-in of its user."""
    return secrets.token_urlsafe(48)[:60]


class UserQuerySet(TimestampedQuerySet["User"]):
    def by_email(self, email: str) -> "UserQuerySet":
        """The user of an address in any case."""
        return self.filter(email=email.strip().lower())

    def by_phone(self, e164: str) -> "UserQuerySet":
        """Users of a phone number in E.164 form, through its keyed hash."""
        return self.filter(phone_index__in=encryption.keyed_hashes(e164, place=PHONE_PLACE))


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with a hashed password; without one, nobody can sign in as them yet."""
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    @transaction.atomic
    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """The first user of an installation: staff, superuser and Owner; seeds missing roles."""
        from accounts import roles  # noqa: PLC0415  # stands on these models

        roles.seed_roles()
        user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        user.groups.add(Role.objects.get(name="Owner", guard_name=Guard.WEB).group)
        return user


class User(AbstractBaseUser, PermissionsMixin, Timestamped):
    """Somebody who signs in. `access_version` rises with every change of what they may see."""

    name = models.CharField(_("name"), max_length=255)
    email = ExactCharField(_("e-mail"), max_length=255, unique=True)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    password = models.CharField(_("password"), max_length=255)
    remember_token = ExactCharField(max_length=100, default=new_remember_token, editable=False)
    encrypted_phone = EncryptedCharField(
        _("phone"), max_length=255, blank=True, default="", index="phone_index"
    )
    phone_index = ExactCharField(max_length=64, blank=True, default="", editable=False)
    access_version = models.PositiveIntegerField(default=1, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the admin pages"), default=False)
    locale = models.CharField(_("language"), max_length=10, blank=True, default="")
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    # The `uuid` of the file that is their picture. No key to it: every page shows it and joins
    # nothing for that, and files lie to the right of this app, which keeps it true.
    picture_key = models.UUIDField(null=True, blank=True, editable=False)

    groups = models.ManyToManyField(  # type: ignore[assignment]  # with a table of ours between
        Group,
        through="accounts.ModelHasRole",
        related_name="user_set",
        related_query_name="user",
        verbose_name=_("roles"),
        blank=True,
    )
    user_permissions = models.ManyToManyField(  # type: ignore[assignment]  # likewise
        AuthPermission,
        through="accounts.ModelHasPermission",
        related_name="user_set",
        related_query_name="user",
        verbose_name=_("permissions"),
        blank=True,
    )

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        db_table = "users"
        verbose_name = _("user")
        verbose_name_plural = _("users")
        indexes = [
            models.Index(fields=["phone_index"], name="idx_users_phone"),
            models.Index(fields=["name", "id"], name="idx_users_name"),
        ]
        permissions = [("see_phones", "See phone numbers in full")]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower()
        if kwargs.get("update_fields") is None or "encrypted_phone" in kwargs["update_fields"]:
            phone = self.encrypted_phone
            if not isinstance(phone, Unreadable):  # else the hash of then stays with it
                index = encryption.keyed_hash(phone, place=PHONE_PLACE) if phone else ""
                self.phone_index = index
        super().save(*args, **kwargs)

    @property
    def picture_url(self) -> str:
        """The small picture of them, "" when they have none; costs no query."""
        if self.picture_key is None:
            return ""
        return reverse("attachments:thumbnail", args=[self.picture_key])

    def take_phone(self, e164: str) -> None:
        """Set the phone; an empty one keeps what cannot be read, until its key is back."""
        if e164 or not isinstance(self.encrypted_phone, Unreadable):
            self.encrypted_phone = e164

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email

    def get_session_auth_hash(self) -> str:
        """Password and remember_token: changing either signs the user out everywhere."""
        return self._session_hash(None)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_hash(secret)

    def _session_hash(self, secret: str | bytes | None) -> str:
        return salted_hmac(
            "accounts.User.session",
            f"{self.password}:{self.remember_token}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()


class Role(Timestamped):
    """A named list of permissions for one kind of sign-in, one-to-one with Django's Group."""

    group = models.OneToOneField(
        Group, models.CASCADE, primary_key=True, db_column="id", related_name="role"
    )
    name = models.CharField(_("name"), max_length=255)
    guard_name = models.CharField(_("counts for"), max_length=255, choices=Guard, default=Guard.WEB)
    description = models.CharField(_("description"), max_length=255, blank=True, default="")

    class Meta:
        db_table = "roles"
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["guard_name", "name"]
        constraints = [
            models.UniqueConstraint(fields=["name", "guard_name"], name="roles_name_guard"),
            models.CheckConstraint(
                condition=models.Q(guard_name__in=Guard.values), name="roles_guard_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep Django's Group named `<guard>:<name>` beside this row."""
        label = f"{self.guard_name}:{self.name}"
        if not self.group_id:
            self.group = Group.objects.create(name=label)
        elif self.group.name != label:
            Group.objects.filter(pk=self.group_id).update(name=label)
        super().save(*args, **kwargs)

    @property
    def label(self) -> str:
        """The name, with the kind of sign-in where that is not the browser: two may be alike."""
        return self.name if self.guard_name == Guard.WEB else f"{self.name} ({self.guard_label})"

    @property
    def guard_label(self) -> str:
        return str(Guard(self.guard_name).label)


class Permission(Timestamped):
    """The catalogue of permissions that people read, one-to-one with Django's Permission."""

    permission = models.OneToOneField(
        AuthPermission, models.CASCADE, primary_key=True, db_column="id", related_name="catalogued"
    )
    name = models.CharField(_("name"), max_length=255)
    guard_name = models.CharField(max_length=255, choices=Guard, default=Guard.WEB)
    topic = models.CharField(_("topic"), max_length=100)
    description = models.CharField(_("what it allows"), max_length=255)

    class Meta:
        db_table = "permissions"
        ordering = ["topic", "name"]

    def __str__(self) -> str:
        return self.description


class ModelHasRole(models.Model):
    """A user's role: the through table of User.groups."""

    group = models.ForeignKey(Group, models.CASCADE, db_column="role_id", verbose_name=_("role"))
    model_type = models.CharField(max_length=255, default="accounts.user", editable=False)
    user = models.ForeignKey(User, models.CASCADE, db_column="model_id")

    class Meta:
        db_table = "model_has_roles"
        verbose_name = _("role of a user")
        verbose_name_plural = _("roles of a user")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "user", "model_type"], name="model_has_roles_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} has role {self.group_id}"


class ModelHasPermission(models.Model):
    """A permission given to one user directly: the through table of User.user_permissions."""

    permission = models.ForeignKey(AuthPermission, models.CASCADE, db_column="permission_id")
    model_type = models.CharField(max_length=255, default="accounts.user", editable=False)
    user = models.ForeignKey(User, models.CASCADE, db_column="model_id")

    class Meta:
        db_table = "model_has_permissions"
        verbose_name = _("permission of a user")
        verbose_name_plural = _("permissions of a user")
        constraints = [
            models.UniqueConstraint(
                fields=["permission", "user", "model_type"], name="model_has_permissions_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} has permission {self.permission_id}"


class SignInKind(models.TextChoices):
    SUCCESS = "success", _("signed in")
    FAILURE = "failure", _("refused")


class SignIn(models.Model):
    """One sign-in or one that was refused; rows are added, never changed.

    `address_hash` stands where nobody has the address that was tried: a typing error of
    somebody's, or a password in the wrong field, is never kept in clear.
    """

    user = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="sign_ins", verbose_name=_("user")
    )
    address_hash = ExactCharField(max_length=64, blank=True, default="", editable=False)
    kind = models.CharField(_("outcome"), max_length=10, choices=SignInKind)
    method = models.CharField(_("by"), max_length=60, blank=True, default="")
    ip_address = models.GenericIPAddressField(_("from address"), null=True, blank=True)
    user_agent = models.CharField(_("browser"), max_length=255, blank=True, default="")
    created_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        db_table = "sign_ins"
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view",)
        verbose_name = _("sign-in attempt")
        verbose_name_plural = _("sign-in attempts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=SignInKind.values), name="sign_ins_kind"
            )
        ]
        indexes = [
            models.Index(fields=["user", "created_at"], name="idx_sign_ins_user_created"),
            models.Index(fields=["created_at", "id"], name="idx_sign_ins_created"),
        ]

    def __str__(self) -> str:
        return f"sign-in {self.pk}"


class BrowserSession(AbstractBaseSession):
    """Where one browser is signed in; the row's end is the end of it.

    Django's own session row with two columns of what is inside, so that somebody can be shown
    their browsers and end one. Written by `accounts.sessions.SessionStore` alone.
    """

    user_id = models.BigIntegerField(null=True, db_index=True)
    sign_in_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "browser_sessions"
        default_permissions = ()

    def __str__(self) -> str:
        return f"browser of sign-in {self.sign_in_id}"
