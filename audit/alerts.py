"""A mail about errors that are new, or back after somebody resolved them."""

import logging

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from audit.models import ErrorLog
from audit.plain import explain

logger = logging.getLogger(__name__)

# Told in one mail; a mail goes out at most once a minute, as the schedule runs.
MOST = 20


def send_due() -> int:
    """Mail about what is due, claimed first so that two workers do not both; returns how many."""
    due = _claim()
    people = recipients()
    if not due or not people:
        return 0
    told = [
        {
            "explained": explain(error),
            "count": error.count,
            "url": f"{settings.PUBLIC_URL}{reverse('errors:detail', args=[error.pk])}",
        }
        for error in due
    ]
    context = {"errors": told, "list_url": f"{settings.PUBLIC_URL}{reverse('errors:list')}"}
    subject = render_to_string("audit/email/errors_subject.txt", context).strip()
    body = render_to_string("audit/email/errors_message.txt", context)
    try:
        send_mail(subject, body, None, people)
    except OSError as error:  # SMTP's own are among them
        # A warning: an error about a mail about errors would go round in a circle.
        logger.warning("the mail about %s errors was not sent: %s", len(due), type(error).__name__)
        ErrorLog.objects.filter(pk__in=[each.pk for each in due]).update(
            alert_due_at=timezone.now()
        )
        return 0
    return len(due)


def recipients() -> list[str]:
    """ERROR_MAILS, or where that is empty every active superuser."""
    if settings.ERROR_MAILS:
        return list(settings.ERROR_MAILS)
    people = get_user_model()._default_manager.filter(is_superuser=True, is_active=True)
    return list(people.order_by("pk").values_list("email", flat=True)[:MOST])


@transaction.atomic
def _claim() -> list[ErrorLog]:
    rows = ErrorLog.objects.open().filter(alert_due_at__isnull=False)
    due = list(rows.select_for_update().order_by("alert_due_at")[:MOST])
    ErrorLog.objects.filter(pk__in=[each.pk for each in due]).update(alert_due_at=None)
    return due
