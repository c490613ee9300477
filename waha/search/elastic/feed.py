"""Hands changes of words on to Elasticsearch, from rows that the changes themselves wrote.

A change says only whose words are to be looked at again: the document is made from what is true
when it is sent. Its version is the change's id, so an older one that arrives later is refused.
Changes go once Elasticsearch has taken them; what it did not take is sent again.
"""

import logging

from django.db import DEFAULT_DB_ALIAS

from mercury.db.locks import Busy, named_lock
from waha.models import WahaTextChange
from waha.search.elastic import indexes, sending, server

logger = logging.getLogger(__name__)

LOCK = "search-feed"
BATCH = 500
MOST_BATCHES = 100


def feed_due() -> int:
    """Send what is due, oldest first; returns how many changes were taken. One run at a time."""
    if not server.is_set() or not WahaTextChange.objects.using(DEFAULT_DB_ALIAS).exists():
        return 0
    taken = 0
    try:
        with named_lock(LOCK) as check:
            for _ in range(MOST_BATCHES):
                check()
                sent = _send_batch()
                taken += sent
                if not sent:
                    break
    except Busy:
        pass
    except server.Away:
        logger.info("changes wait until Elasticsearch answers")
    return taken


def _send_batch() -> int:
    """Send one batch to every index of ours and delete what they took."""
    changes = WahaTextChange.objects.using(DEFAULT_DB_ALIAS)
    rows = list(changes.order_by("pk").values_list("pk", "text_id")[:BATCH])
    if not rows:
        return 0
    versions = {text_id: pk for pk, text_id in rows}  # the newest of each
    targets = indexes.all_of_ours() or [indexes.make()]
    refused = sending.send(versions, targets)
    done = [pk for pk, text_id in rows if text_id not in refused]
    changes.filter(pk__in=done).delete()
    return len(done)
