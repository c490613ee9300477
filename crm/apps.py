"""The crm app."""

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.db.models import Model


class CrmConfig(AppConfig):
    """Companies, contacts and what stands around conversations."""

    name = "crm"
    verbose_name = _("Companies and contacts")

    def ready(self) -> None:
        # Models may only be imported once all apps are loaded.
        from accounts import departures
        from attachments import panels
        from crm import audited, neighbours, own_sections
        from crm.models import Company, Contact, Instructor, Note

        own_sections.register()
        panels.register_neighbours("crm.contact", neighbours.of_contact)
        panels.register_neighbours("crm.company", neighbours.of_company)
        panels.register_neighbours("crm.instructor", neighbours.of_instructor)
        models: tuple[type[Model], ...] = (Company, Contact, Instructor, Note)
        departures.register_trace(
            _("companies, contacts and notes they added"),
            lambda user: any(
                model._default_manager.filter(created_by=user).exists() for model in models
            ),
        )
        audited.register()
