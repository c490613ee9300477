"""A simulator that tells a receiver everything, and a client of it."""

from typing import Any

from tests.waha.gateway.receiver import Receiver
from waha.gateway.client import WahaClient
from waha.gateway.simulator import Retries, Simulator

ONCE = Retries("constant", 1, 0)


def simulator(receiver: Receiver, **options: Any) -> Simulator:
    """A WAHA that tells `receiver` everything, once, ten times as fast as life."""
    settings = {"events": ("*",), "retries": ONCE, "speed": 10.0, "acks": False} | options
    waha = Simulator(webhook_url=receiver.url, **settings)
    waha.session().config["metadata"] = {"tenant": "mercury"}
    return waha


def client_of(waha: Simulator) -> WahaClient:
    return WahaClient(waha.url, waha.api_key)
