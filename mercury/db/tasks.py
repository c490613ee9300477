"""Scheduled work of the data layer."""

from celery import shared_task


@shared_task(name="replication_heartbeat")
def replication_heartbeat() -> None:
    """Move the clock that replicas are measured by; nothing without replicas."""
    from mercury.db import replicas

    replicas.beat()
