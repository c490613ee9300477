"""Background work on files."""

from celery import shared_task


@shared_task(name="tidy_files")
def tidy_files() -> None:
    """Delete for good what was deleted long ago, and stored files that nobody points at; ask
    the virus scan again about what it holds back.
    """
    from attachments import held, inventory, services
    from attachments.inventory import OLD

    services.purge(older_than=OLD)
    inventory.tidy()
    held.look_again()


@shared_task(name="make_copies")
def make_copies() -> None:
    """Make the copies of voice notes that are due; nothing where ffmpeg is not installed."""
    from attachments import copies as service

    service.make_due()
