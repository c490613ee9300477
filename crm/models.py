"""Companies, contacts and their addresses."""

from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm import visibility
from mercury.db.fields import ExactCharField, WebAddressField
from mercury.db.models import Timestamped, TimestampedQuerySet

if TYPE_CHECKING:
    from accounts.models import User


Rows = TypeVar("Rows", bound="models.QuerySet[Any]")


def _narrowed(rows: Rows, clause: models.Q) -> Rows:
    """Rows of a clause that joins, each once; all of them when the clause is empty.

    DISTINCT over everything would read and sort the whole table for one page of it.
    """
    return rows.filter(clause).distinct() if clause else rows


class CompanyQuerySet(TimestampedQuerySet["Company"]):
    def visible_to(self, user: "User") -> "CompanyQuerySet":
        """Companies for holders of `crm.view_all`, through a visible chat, or one's own."""
        return _narrowed(self, visibility.companies(user))


class Company(Timestamped):
    """A firm that customers work for, or one of ours that owns numbers."""

    name = models.CharField(_("name"), max_length=255)
    website = WebAddressField(_("website"), max_length=255, blank=True, default="")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        db_table = "companies"
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["name", "id"], name="idx_companies_name")]
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        permissions = [("view_all", _("See every company, contact and instructor"))]

    def __str__(self) -> str:
        return self.name


class ContactQuerySet(TimestampedQuerySet["Contact"]):
    def visible_to(self, user: "User") -> "ContactQuerySet":
        """Contacts for holders of `crm.view_all`, through a visible chat, or one's own."""
        return _narrowed(self, visibility.contacts(user))


class Contact(Timestamped):
    """A person, under however many addresses they write."""

    name = models.CharField(_("name"), max_length=255, blank=True, default="")
    company = models.ForeignKey(
        Company, models.PROTECT, null=True, blank=True, related_name="contacts"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        db_table = "contacts"
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["name", "id"], name="idx_contacts_name")]
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        permissions = [("manage_leads", "Can manage leads")]

    def __str__(self) -> str:
        return self.name or _("Contact %(number)s") % {"number": self.pk}

    @property
    def audit_label(self) -> str:
        """What the audit log calls it, whose readers need not know the customer."""
        return f"contact {self.pk}"


class IdentityKind(models.TextChoices):
    PHONE = "phone", _("phone (E.164)")
    LID = "lid", _("WhatsApp private id")
    WA = "wa", _("WhatsApp address")
    EMAIL = "email", _("e-mail")


class ContactIdentity(Timestamped):
    """One address of a contact: one person has many, each belongs to one person."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=10, choices=IdentityKind)
    value = ExactCharField(max_length=255)

    class Meta:
        db_table = "contact_identities"
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="contact_identities_value"),
            models.CheckConstraint(
                condition=models.Q(kind__in=IdentityKind.values), name="contact_identities_kind"
            ),
        ]

    def __str__(self) -> str:
        return str(self.value)
