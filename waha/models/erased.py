"""Who was erased, known only by keyed hashes: what is older than that is not taken in again."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from mercury.db.fields import ExactCharField
from mercury.db.models import SensitiveData, Timestamped, TimestampedQuerySet

ERASED = "erased"
"""What stands where a group message named its sender who was erased since."""


class WahaErased(Timestamped):
    """One address of a person who was erased. Written and read by `waha.erased` alone."""

    address_hash = ExactCharField(max_length=64, primary_key=True)
    erased_at = models.DateTimeField()
    # The key of the hashes: of its own, so that they outlive the rotation of all others.
    secret = models.ForeignKey(SensitiveData, models.PROTECT, editable=False, related_name="+")

    objects = TimestampedQuerySet["WahaErased"].as_manager()

    class Meta:
        db_table = "waha_erased"
        verbose_name = _("erased address")
        verbose_name_plural = _("erased addresses")

    def __str__(self) -> str:
        return f"erased address {self.address_hash[:8]}"
