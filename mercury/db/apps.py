"""The Django app of the data layer; its one table is sensitive_data."""

from django.apps import AppConfig


class DbConfig(AppConfig):
    """Loads the one table of the data layer beside its abstract models."""

    name = "mercury.db"
    label = "mercury_db"
