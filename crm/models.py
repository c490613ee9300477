"""Companies, contacts and their addresses, instructors; notes on them, and what was merged."""

from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attachments.fields import Files
from crm import visibility
from mercury.db import encryption
from mercury.db.encryption import EncryptedCharField
from mercury.db.fields import ExactCharField, WebAddressField
from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped, TimestampedQuerySet
from mercury.ui import phones

if TYPE_CHECKING:
    from accounts.models import User


class Record(Timestamped):
    """What companies, contacts and instructors have in common; archived, never deleted."""

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    picture = models.ForeignKey(
        "attachments.Attachment",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("picture"),
    )

    space: ClassVar[str]
    """The namespace of the addresses of its pages."""

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        return reverse(f"{self.space}:detail", args=[self.pk])

    @property
    def picture_url(self) -> str:
        """The small picture or logo, "" when there is none; loads `picture`."""
        if self.picture is None or self.picture.deleted_at is not None:
            return ""
        return self.picture.thumbnail_url


def list_indexes(table: str) -> list[models.Index]:
    """What a list of records is read by: name or change among the living, and the archived."""
    return [
        models.Index(fields=["archived_at", "name", "id"], name=f"idx_{table}_alive_name"),
        models.Index(fields=["archived_at", "updated_at", "id"], name=f"idx_{table}_alive_new"),
        models.Index(fields=["archived_at", "id"], name=f"idx_{table}_archived"),
    ]


class CompanyQuerySet(TimestampedQuerySet["Company"]):
    def visible_to(self, user: "User") -> "CompanyQuerySet":
        """Companies for holders of `crm.view_all`, through a visible contact, or one's own."""
        if visibility.sees_all(user):
            return self.all()
        people = Contact.objects.visible_to(user).filter(company_id=OuterRef("pk"))
        return self.filter(Q(created_by=user) | Exists(people))


class Company(Record):
    """A firm that customers work for, or one of ours that owns numbers."""

    space = "companies"

    name = models.CharField(_("name"), max_length=255)
    website = WebAddressField(_("website"), max_length=255, blank=True, default="")
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    attachments = Files(change="crm.change_company")

    objects = CompanyQuerySet.as_manager()

    class Meta:
        db_table = "companies"
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["name", "id"], name="idx_companies_name"),
            *list_indexes("companies"),
        ]
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        permissions = [("view_all", _("See every company, contact and instructor"))]

    def __str__(self) -> str:
        return phones.name(self.name)

    @property
    def audit_label(self) -> str:
        """What the audit log calls it, whose readers need not know the customer."""
        return f"company {self.pk}"


class ContactQuerySet(TimestampedQuerySet["Contact"]):
    def visible_to(self, user: "User") -> "ContactQuerySet":
        """Contacts for holders of `crm.view_all`, through a visible chat, or one's own."""
        return self.filter(visibility.contacts(user))


class Contact(Record):
    """A person, under however many addresses they write."""

    space = "contacts"

    name = models.CharField(_("name"), max_length=255, blank=True, default="")
    company = models.ForeignKey(
        Company, models.PROTECT, null=True, blank=True, related_name="contacts"
    )
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    attachments = Files(change="crm.change_contact")

    objects = ContactQuerySet.as_manager()

    class Meta:
        db_table = "contacts"
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["name", "id"], name="idx_contacts_name"),
            *list_indexes("contacts"),
        ]
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        permissions = [
            ("manage_leads", "Can manage leads"),
            ("see_private", "See addresses that are marked private"),
        ]

    def __str__(self) -> str:
        # Many contacts are called by their phone.
        return phones.name(self.name) or _("Contact %(number)s") % {"number": self.pk}

    @property
    def audit_label(self) -> str:
        """What the audit log calls it, whose readers need not know the customer."""
        return f"contact {self.pk}"


class IdentityKind(models.TextChoices):
    PHONE = "phone", _("phone (E.164)")
    LID = "lid", _("WhatsApp private id")
    WA = "wa", _("WhatsApp address")
    EMAIL = "email", _("e-mail")


PRIVATE_KINDS = (IdentityKind.PHONE, IdentityKind.WA, IdentityKind.EMAIL)
"""What may be marked private; WhatsApp's address of a phone goes with the phone."""


IDENTITY_INDEX = "contact_identities.value_index"


def identity_hashes(value: str) -> list[str]:
    """What to look a private address up by: its keyed hashes under every key."""
    return encryption.keyed_hashes(value, place=IDENTITY_INDEX)


class ContactIdentityQuerySet(TimestampedQuerySet["ContactIdentity"]):
    def open(self) -> "ContactIdentityQuerySet":
        """Those in clear: all that lists, suggestions and searches may go by."""
        return self.filter(value__isnull=False)

    def at(
        self, addresses: Collection[tuple[IdentityKind, str]]
    ) -> dict[tuple[IdentityKind, str], "ContactIdentity"]:
        """The rows of these addresses, private ones too; 1 or 2 queries, decrypts nothing."""
        rows = self.defer("encrypted_value")
        plain = {(kind, value): (kind, value) for kind, value in addresses}
        found = {
            plain[IdentityKind(row.kind), row.value]: row
            for row in rows.filter(_any_of("value", plain))
        }
        hashed = {
            (kind, each): (kind, value)
            for kind, value in addresses
            if kind in PRIVATE_KINDS and (kind, value) not in found
            for each in identity_hashes(value)
        }
        if hashed:
            for row in rows.filter(_any_of("value_index", hashed)):
                found[hashed[IdentityKind(row.kind), str(row.value_index)]] = row
        return found


def _any_of(column: str, wanted: Collection[tuple[IdentityKind, str]]) -> Q:
    """Rows of any of these pairs, in ranges of the index that begins with the kind."""
    any_of = Q(pk__in=[])
    for each in IdentityKind:
        if values := [value for kind, value in wanted if kind == each]:
            any_of |= Q(("kind", each), (f"{column}__in", values))
    return any_of


class ContactIdentity(Timestamped):
    """One address of a contact: one person has many, each belongs to one person.

    One that is marked private stands encrypted, with a keyed hash to find it by, and has no
    `value`: nothing that searches or lists values meets it.
    """

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=10, choices=IdentityKind)
    value = ExactCharField(max_length=255, null=True)  # unique, and NULL where it is private
    encrypted_value = EncryptedCharField(
        max_length=1500,
        blank=True,
        default="",
        db_default="",
        editable=False,
        index="value_index",
    )
    value_index = ExactCharField(max_length=64, null=True, editable=False)

    objects = ContactIdentityQuerySet.as_manager()

    class Meta:
        db_table = "contact_identities"
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="contact_identities_value"),
            models.UniqueConstraint(
                fields=["kind", "value_index"], name="contact_identities_value_index"
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=False, value_index__isnull=True, encrypted_value="")
                | Q(value__isnull=True, value_index__isnull=False) & ~Q(encrypted_value=""),
                name="contact_identities_private",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=IdentityKind.values), name="contact_identities_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.value if self.value is not None else f"private address {self.pk}"

    @property
    def is_private(self) -> bool:
        return self.value is None

    def hold(self, address: str, *, private: bool) -> Self:
        """Take an address, encrypted where it is private; saving is the caller's."""
        index = encryption.keyed_hash(address, place=IDENTITY_INDEX)
        self.value = None if private else address
        self.encrypted_value = address if private else ""
        self.value_index = index if private else None
        return self


class InstructorQuerySet(TimestampedQuerySet["Instructor"]):
    def visible_to(self, user: "User") -> "InstructorQuerySet":
        """Instructors for holders of `crm.view_all`, through their contact, or one's own."""
        if visibility.sees_all(user):
            return self.all()
        person = Contact.objects.visible_to(user).filter(pk=OuterRef("contact_id"))
        return self.filter(Q(created_by=user) | Exists(person))


class Instructor(Record):
    """Somebody who teaches; where they write to us too, `contact` is the person they are there."""

    space = "instructors"

    name = models.CharField(_("name"), max_length=255)
    subjects = models.CharField(_("teaches"), max_length=255, blank=True, default="")
    email = ExactCharField(_("e-mail"), max_length=255, blank=True, default="")
    phone = ExactCharField(_("phone"), max_length=255, blank=True, default="")
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="instructors"
    )
    attachments = Files(change="crm.change_instructor")

    objects = InstructorQuerySet.as_manager()

    class Meta:
        db_table = "instructors"
        ordering = ["name", "pk"]
        indexes = list_indexes("instructors")
        verbose_name = _("instructor")
        verbose_name_plural = _("instructors")

    def __str__(self) -> str:
        return phones.name(self.name) or _("Instructor %(number)s") % {"number": self.pk}

    @property
    def audit_label(self) -> str:
        """What the audit log calls them, whose readers need not know the person."""
        return f"instructor {self.pk}"


class NoteQuerySet(TimestampedQuerySet["Note"]):
    def visible_to(self, user: "User") -> "NoteQuerySet":
        """Notes on the records `user` may see."""
        visible = Q(pk__in=[])
        for model in (Company, Contact, Instructor):
            seen = model.objects.visible_to(user).filter(pk=OuterRef("model_id"))
            kind = ContentType.objects.get_for_model(model)
            visible |= Q(model_type=kind) & Q(Exists(seen))
        return self.filter(visible)

    def of(self, record: models.Model) -> "NoteQuerySet":
        """Notes on `record`, which was read through its own `visible_to`."""
        return self.filter(model_type=ContentType.objects.get_for_model(record), model_id=record.pk)


class Note(Timestamped):
    """What somebody wrote down about a record; seen by whoever sees the record."""

    model_type = models.ForeignKey(
        ContentType, models.PROTECT, db_column="model_type", db_index=False, related_name="+"
    )
    model_id = models.BigIntegerField()
    record = GenericForeignKey("model_type", "model_id")
    text = models.TextField(_("note"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = NoteQuerySet.as_manager()

    class Meta:
        db_table = "notes"
        ordering = ["-created_at", "-pk"]
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [
            NamedIndex(fields=["model_type", "model_id", "-created_at"], name="idx_notes_model")
        ]

    def __str__(self) -> str:
        return f"note {self.pk}"


class Merge(Timestamped):
    """Two records that became one, with what moved: {what: keys}, so that it can be undone."""

    model_type = models.ForeignKey(
        ContentType, models.PROTECT, db_column="model_type", db_index=False, related_name="+"
    )
    kept_id = models.BigIntegerField()
    merged_id = models.BigIntegerField()
    moved = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        db_table = "merges"
        ordering = ["-created_at", "-pk"]
        indexes = [NamedIndex(fields=["model_type", "kept_id"], name="idx_merges_kept")]
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at__isnull=False) | Q(undone_by__isnull=True),
                name="merges_undone",
            )
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.kept_id}"
