"""What a virus scan said of a file."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ScanState(models.TextChoices):
    NONE = "none", _("not scanned")
    CLEAN = "clean", _("clean")
    QUARANTINED = "quarantined", _("quarantined")
