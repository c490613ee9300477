"""Ids as WhatsApp and WAHA make them, and the parts of addresses.

They come from the system's randomness, not from the seed: two runs of one seed must not make
the same message ids, or whoever keeps the first run's messages takes the second's for repeats.
"""

import secrets
import time

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def event_id() -> str:
    """Return an envelope id: `evt_` and a lower-case ULID."""
    number = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return "evt_" + "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def api_message_id() -> str:
    """Return a raw message id as linked devices make them."""
    return "3EB0" + secrets.token_hex(9).upper()


def phone_message_id() -> str:
    """Return a raw message id as phones make them."""
    return "3A" + secrets.token_hex(9).upper()


def request_id() -> str:
    """Return an opaque id of a webhook request, 17 characters."""
    return "".join(secrets.choice(_BASE36) for _ in range(17))


def call_id() -> str:
    """Return a call's id."""
    return secrets.token_hex(16).upper()


def digits(address: str) -> str:
    """Return the part before the `@`, without a device suffix or plus sign."""
    return address.split("@")[0].split(":")[0].lstrip("+")


def is_group(address: str) -> bool:
    """Tell a group's address."""
    return address.endswith("@g.us")


def chat_address(text: str) -> str:
    """Return a chat id for what the API takes as one: a bare number is a phone."""
    if "@" not in text:
        return f"{text.lstrip('+')}@c.us"
    return text.replace("@s.whatsapp.net", "@c.us")


def jid(address: str) -> str:
    """Return the engine-internal form of an address."""
    return address.replace("@c.us", "@s.whatsapp.net")
