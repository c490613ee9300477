"""Errors in plain language: where it happened, what that means, what to do."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import ErrorLog

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Explained:
    """An error for people who run the product, not for those who wrote it."""

    title: str
    meaning: str
    advice: str


# By parts of the exception's name, the first that fits: (part, what it means, what to do).
MEANINGS: tuple[tuple[str, Words, Words], ...] = (
    ("OperationalError", gettext_lazy("The database did not answer, or refused."),
     gettext_lazy("Look whether the database server runs and has connections and disk to spare.")),
    ("InterfaceError", gettext_lazy("The connection to the database was lost."),
     gettext_lazy("Look whether the database server was restarted or the network is unsteady.")),
    ("IntegrityError", gettext_lazy("Something was to be stored that the database's rules forbid."),
     gettext_lazy("This is a fault of the product: send the details to whoever looks after it.")),
    ("DataError", gettext_lazy("Something was to be stored that does not fit its column."),
     gettext_lazy("This is a fault of the product: send the details to whoever looks after it.")),
    ("redis", gettext_lazy("Redis did not answer."),
     gettext_lazy("Look whether the Redis server runs. Messages still come in meanwhile.")),
    ("kombu", gettext_lazy("The queue of background work did not answer."),
     gettext_lazy("Look whether the Redis server runs. Messages still come in meanwhile.")),
    ("TimeLimitExceeded", gettext_lazy("Background work took too long and was stopped."),
     gettext_lazy("It is tried again by itself. Look at the load of the machine if it goes on.")),
    ("WorkerLostError", gettext_lazy("A worker ended in the middle of its work."),
     gettext_lazy("It is tried again by itself. Most often the machine ran out of memory.")),
    ("waha.gateway", gettext_lazy("WAHA did not do what it was asked."),
     gettext_lazy("Look at the number's page, and whether the WAHA server runs.")),
    ("httpx", gettext_lazy("Another server did not answer."),
     gettext_lazy("Look at the network between this machine and the WAHA server.")),
    ("SMTP", gettext_lazy("A mail could not be sent."),
     gettext_lazy("Look at EMAIL_URL and whether the mail server takes its password.")),
    ("botocore", gettext_lazy("The file storage did not answer, or refused."),
     gettext_lazy("Look at STORAGE_URL, and whether the bucket and its keys are still there.")),
    ("DisallowedHost", gettext_lazy("A request asked for a host name that is not ours."),
     gettext_lazy("Mostly robots. If people cannot come in, add the name to ALLOWED_HOSTS.")),
    ("DecryptionError", gettext_lazy("An encrypted value cannot be read."),
     gettext_lazy("Put the key it was written with back into ENCRYPTION_KEYS.")),
    ("MemoryError", gettext_lazy("The machine ran out of memory."),
     gettext_lazy("Give it more, or start fewer workers.")),
    ("PermissionError", gettext_lazy("A file or folder may not be read or written."),
     gettext_lazy("Give the product's user its rights on the folder that the details name.")),
    ("OSError", gettext_lazy("The machine refused something: a file, the disk or the network."),
     gettext_lazy("Look whether the disk is full, and at the details below.")),
    ("ConnectionError", gettext_lazy("Another server could not be reached."),
     gettext_lazy("Look at the network between this machine and that server.")),
    ("TimeoutError", gettext_lazy("Another server took too long to answer."),
     gettext_lazy("Look at the load of that server and the network in between.")),
)  # fmt: skip


def explain(error: ErrorLog) -> Explained:
    """The error in plain words."""
    said = f"{error.kind} {error.context.get('logger', '')} {error.message}"
    for part, meaning, advice in MEANINGS:
        if part in said:
            return Explained(_title(error), str(meaning), str(advice))
    if not error.kind:
        meaning = _("A part of the product reported that something is wrong.")
        return Explained(_title(error), meaning, _("The words below say what."))
    return Explained(
        _title(error),
        _("The product met something that it does not know how to handle."),
        _("This is a fault of the product: send the details to whoever looks after it."),
    )


def _title(error: ErrorLog) -> str:
    url, road = str(error.context.get("url", "")), error.context.get("road", "")
    if road == "task":
        return _("Background work failed: %(name)s") % {"name": url.removeprefix("task:")}
    if road == "command":
        return _("A command failed: %(name)s") % {"name": url.removeprefix("manage.py ")}
    path = urlsplit(url).path
    if path and "://" in url:
        return _("A page failed: %(path)s") % {"path": path}
    return _("Something failed outside pages and background work")
