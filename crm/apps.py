"""The crm app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    """Companies, contacts and what stands around conversations."""

    name = "crm"
    verbose_name = _("Companies and contacts")
