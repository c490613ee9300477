"""Mercury CRM: the project, its settings and what every app stands on."""

from mercury.celery import app as celery_app

__all__ = ["celery_app"]
