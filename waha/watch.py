"""The alarm on a number: what the watchdog found although WAHA says that the number works."""

import logging

from django.utils import timezone

from waha import updates
from waha.models import Alarm, UpdateKind, WahaSession

logger = logging.getLogger(__name__)


def alarm(session: WahaSession, kind: Alarm) -> bool:
    """Raise an alarm, once; its page and the list show it. Returns whether it is new."""
    now = timezone.now()
    rows = WahaSession.objects.filter(pk=session.pk).exclude(alarm=kind)
    if not rows.update(alarm=kind, alarm_at=now):
        return False
    session.alarm, session.alarm_at = kind, now
    logger.error("session %s: alarm %s", session.pk, kind.value)
    updates.record(UpdateKind.SESSION, session.pk, ref=session.pk)
    return True


def calm(session: WahaSession, *kinds: Alarm) -> None:
    """Take an alarm of one of these kinds back."""
    if session.alarm not in kinds:
        return
    WahaSession.objects.filter(pk=session.pk, alarm__in=kinds).update(
        alarm=Alarm.NONE, alarm_at=None
    )
    session.alarm, session.alarm_at = Alarm.NONE, None
    updates.record(UpdateKind.SESSION, session.pk, ref=session.pk)
