"""What goes wrong when WAHA's JSON cannot be used at all."""


class PayloadError(Exception):
    """A body that cannot be applied; the message is a sentence fit to show in the journal."""
