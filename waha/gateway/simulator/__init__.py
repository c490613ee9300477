"""A WAHA to work against: its REST, its webhooks, its customers and its faults."""

from waha.gateway.simulator.media import Media
from waha.gateway.simulator.options import Options, Preset, Retries
from waha.gateway.simulator.runner import Simulator

__all__ = ["Media", "Options", "Preset", "Retries", "Simulator"]
