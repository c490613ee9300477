"""Background work of people's accounts."""

from celery import shared_task


@shared_task(name="tidy_sign_ins")
def tidy_sign_ins() -> None:
    """Delete old sign-in attempts and sessions that have run out."""
    from accounts import sign_ins as service

    service.purge()
