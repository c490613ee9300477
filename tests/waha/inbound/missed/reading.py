"""What the tests of missed messages ask of both sides."""

from waha.inbound import drain, reconcile
from waha.models import WahaMessage

PEOPLE = [f"4477009001{n:02}@c.us" for n in range(20)]


def read_all() -> int:
    found = reconcile.read_due()
    drain.drain_all()
    return found


def stored() -> set[str]:
    return set(WahaMessage.objects.values_list("message_id", flat=True))


def said(ids: list[str]) -> set[str]:
    return {each.split("_")[2] for each in ids}
