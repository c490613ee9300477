"""Scheduled work of the two logs."""

from celery import shared_task


@shared_task(name="seal_audit")
def seal_audit() -> None:
    """Seal audit entries that have settled."""
    from audit import seals as service

    service.seal_new()


@shared_task(name="prune_audit")
def prune_audit() -> None:
    """Delete sealed audit entries that are past AUDIT_RETENTION_MONTHS."""
    from audit import retention as service

    service.prune_due()


@shared_task(name="alert_errors")
def alert_errors() -> None:
    """Mail about errors that are new, or back."""
    from audit import alerts as service

    service.send_due()
