"""The Django app of operations."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OpsConfig(AppConfig):
    """Health, monitoring pages and operators' commands; may import every app."""

    name = "mercury.ops"
    label = "mercury_ops"
    verbose_name = _("Operations")
