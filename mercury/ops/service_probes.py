"""Looks at what Mercury works with: Redis, the workers, the WAHA servers, the first user."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from mercury.celery import app
from mercury.ops.findings import Finding, broken, ok, warning
from waha.gateway.client import Refused, WahaClient, WahaError
from waha.models import EventState, WahaEvent, WahaOutbox, WahaServer

if TYPE_CHECKING:
    from redis import Redis

LATE = timedelta(minutes=1)
WORKER_MEND = (
    "Start the workers: `celery -A mercury worker -Q drain`, `celery -A mercury worker -Q default` "
    "and the schedule `celery -A mercury beat` (docker compose: worker-drain, worker, beat)."
)


def redis_server() -> Finding:
    """Whether Redis answers and keeps what it is given."""
    if not settings.REDIS_URL:
        if settings.SECURE:
            return warning(
                "redis",
                "REDIS_URL is empty: the queue lies in files and sign-in limits are counted by "
                "each web process alone.",
                "Set REDIS_URL for anything but a trial.",
            )
        return ok("redis", "None set; the embedded queue is used.")
    import redis  # noqa: PLC0415  # not installed where no Redis is set: `make demo`

    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1, decode_responses=True
        ) as server:
            server.ping()
            policy = _redis_policy(server)
    except redis.RedisError as error:
        return broken(
            "redis",
            f"Redis does not answer: {type(error).__name__}. Messages still come in and go out, "
            "later; pages poll.",
            "Is it running, and is REDIS_URL right (redis://:password@host:6379/0)?",
        )
    if policy not in {"noeviction", "unknown"}:
        return warning(
            "redis",
            f"Redis throws keys away when it is full (maxmemory-policy {policy}).",
            "Set `maxmemory-policy noeviction`: the queue must not lose hints.",
        )
    return ok("redis", "It answers.")


def _redis_policy(server: "Redis") -> str:
    import redis  # noqa: PLC0415  # see above

    try:
        return str(server.config_get("maxmemory-policy").get("maxmemory-policy", "unknown"))
    except redis.ResponseError:  # hosted ones forbid CONFIG
        return "unknown"


def workers() -> list[Finding]:
    """Whether the work that is due gets done, seen by its age, and who answers on the queue."""
    return [_oldest_event(), _oldest_send(), *_answering_workers()]


def waha_servers() -> list[Finding]:
    """Whether each WAHA server answers and takes the key."""
    servers = list(WahaServer.objects.select_related("secret"))
    if servers:
        return [_waha(server.name, server.url, server.api_key) for server in servers]
    return [_waha("of the environment", settings.WAHA_URL, settings.WAHA_API_KEY)]


def first_user() -> Finding:
    """Whether anybody can sign in and share numbers."""
    if User.objects.get_queryset().filter(is_superuser=True, is_active=True).exists():
        return ok("owner", "There is one.")
    return warning(
        "owner",
        "There is no Owner yet, so nobody can share numbers.",
        "Run `python manage.py createsuperuser`; it asks e-mail, name and password.",
    )


def _oldest_event() -> Finding:
    due = WahaEvent.objects.filter(state=EventState.NEW, due_at__lt=timezone.now() - LATE)
    oldest = due.order_by("due_at").values_list("due_at", flat=True).first()
    if oldest is None:
        return ok("incoming events", "None waits for more than a minute.")
    return broken(
        "incoming events", f"The oldest has waited {_minutes(oldest)} to be applied.", WORKER_MEND
    )


def _oldest_send() -> Finding:
    due = WahaOutbox.objects.overdue(timezone.now()).filter(due_at__lt=timezone.now() - LATE)
    oldest = due.order_by("due_at").values_list("due_at", flat=True).first()
    if oldest is None:
        return ok("outgoing messages", "None waits for more than a minute.")
    return broken(
        "outgoing messages", f"The oldest has waited {_minutes(oldest)} to be sent.", WORKER_MEND
    )


def _answering_workers() -> list[Finding]:
    if not settings.REDIS_URL:
        return []  # the embedded queue has no way to ask
    try:
        answers = app.control.ping(timeout=1)
    except Exception as error:  # kombu's errors have no common base; Redis has its own finding
        return [broken("workers", f"They cannot be asked: {type(error).__name__}.", WORKER_MEND)]
    names = sorted(name for answer in answers for name in answer)
    if not names:
        return [broken("workers", "No worker answers.", WORKER_MEND)]
    return [ok("workers", f"{len(names)} answer: {', '.join(names)}.")]


def _waha(name: str, url: str, api_key: str) -> Finding:
    label = f"WAHA {name}"
    try:
        version = WahaClient(url, api_key).server_version()
    except Refused:
        return broken(
            label,
            f"{url} refuses the API key.",
            "Give Mercury the same WAHA_API_KEY that the WAHA server was started with; for a "
            "server that is in the database, change it in the admin pages.",
        )
    except WahaError as error:
        return broken(
            label,
            f"{url} does not answer: {error}",
            "Is it running, and does its address lead there from this machine?",
        )
    return ok(label, f"{url} answers: WAHA {version.version}, engine {version.engine}.")


def _minutes(since: datetime) -> str:
    minutes = int((timezone.now() - since).total_seconds() // 60)
    return f"{minutes} minutes" if minutes != 1 else "1 minute"
