"""Why something is not sent, in words for the person who wants to send it."""


class MessageRefused(Exception):
    """A message that is not queued; the text is a sentence fit to show."""


class ChatRefused(Exception):
    """A chat that is not started; the text is a sentence fit to show."""
