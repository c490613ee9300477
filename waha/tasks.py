"""Celery's tasks: each takes nothing, carries nothing and asks a service for what is due.

The services hint these tasks by name, so they are imported inside.
"""

from celery import shared_task
from celery.signals import worker_process_shutdown


@worker_process_shutdown.connect
def close_pools(**_told: object) -> None:
    """Close what a worker holds open to WAHA: it ends without Python's own farewell."""
    from waha.gateway import transport

    transport.close_pools()


@shared_task(name="drain")
def drain() -> None:
    """Apply journal rows that are due, session by session."""
    from waha.inbound import drain as service

    service.drain_all()


@shared_task(name="deliver")
def deliver() -> None:
    """Deliver outbox rows that are due and look after the unknown ones."""
    from waha.outbound import deliver as service

    service.deliver_due()


@shared_task(name="decline_calls")
def decline_calls() -> None:
    """Decline calls that ring on numbers which take none."""
    from waha.outbound import declining as service

    service.decline_due()


@shared_task(name="fetch_media")
def fetch_media() -> None:
    """Fetch files of messages that are due."""
    from waha.inbound import media as service

    service.fetch_due()


@shared_task(name="relay_updates")
def relay_updates() -> None:
    """Copy new updates to the stream that browsers follow; nothing without Redis."""
    from waha.inbox import relay as service

    service.relay_new()


@shared_task(name="feed_search")
def feed_search() -> None:
    """Hand changes of words on to Elasticsearch; nothing where none is set."""
    from waha.search.elastic import feed as service

    service.feed_due()


@shared_task(name="rebuild_search")
def rebuild_search() -> None:
    """Go on with a rebuilding of search's words that has begun, a slice at a time."""
    from waha.search import rebuild as service

    service.go_on()


@shared_task(name="send_seen")
def send_seen() -> None:
    """Show customers the blue ticks that are due."""
    from waha.inbox import seen as service

    service.send_due()


@shared_task(name="sync_sessions")
def sync_sessions() -> None:
    """Read the state of every number from its WAHA server."""
    from waha.inbound import sync as service

    service.sync_sessions()


@shared_task(name="sync_pairing")
def sync_pairing() -> None:
    """Ask after the numbers that are being connected."""
    from waha.inbound import sync as service

    service.sync_pairing()


@shared_task(name="read_history")
def read_history() -> None:
    """Read on in the histories of numbers: what was missed, and older chats."""
    from waha.inbound import reconcile as service

    service.read_due()


@shared_task(name="look_up")
def look_up() -> None:
    """Ask WAHA who is in groups, which labels numbers have and who is behind LIDs."""
    from waha.inbound import lookups as service

    service.look_up_due()


@shared_task(name="tidy")
def tidy() -> None:
    """Purge old journal rows and updates."""
    from waha.inbound import journal as service

    service.purge()


@shared_task(name="create_monthly_partitions")
def create_monthly_partitions() -> None:
    """Make the partitions of the coming months."""
    from waha.lifecycle import partitions as service

    service.create_ahead()


@shared_task(name="archive_messages")
def archive_messages() -> None:
    """Move old months into the archive and delete what its retention has run out on."""
    from waha.lifecycle import schedule as service

    service.archive_due()
