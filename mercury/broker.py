"""Redis or its embedded stand-ins: the broker, the caches, the file storage."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured

from mercury import file_queue


def url(redis_url: str) -> str:
    """Celery's broker: Redis, or files under var/ when REDIS_URL is empty."""
    if redis_url:
        return redis_url
    file_queue.register()
    return f"{file_queue.SCHEME}://localhost/"


def transport_options(redis_url: str, var: Path) -> dict[str, Any]:
    """Short timeouts for Redis, so that a dead one delays no page; folders for the file broker."""
    if redis_url:
        return {
            "socket_timeout": 5.0,
            "socket_connect_timeout": 0.2,
            "visibility_timeout": 3600,
        }
    folder = var / "broker"
    for name in ("messages", "control"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    # One folder for in and out: kombu otherwise needs a second pair for the consumer.
    return {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "control_folder": str(folder / "control"),
        "store_processed": False,
        "polling_interval": 0.1,
    }


def caches(redis_url: str) -> dict[str, dict[str, Any]]:
    """django-redis with JSON values (pickle would run what a foreign Redis holds), or memory."""
    if not redis_url:
        return {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    return {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": redis_url,
            "KEY_PREFIX": "mercury",
            "OPTIONS": {
                "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
                "SOCKET_CONNECT_TIMEOUT": 0.2,
                "SOCKET_TIMEOUT": 0.5,
                # A cache that is away is a slow cache, never an error page.
                "IGNORE_EXCEPTIONS": True,
            },
        }
    }


def storage(storage_url: str) -> dict[str, Any]:
    """Django's storage for file:///folder or s3://key:secret@host/bucket?region=..&endpoint=.."""
    parts = urlsplit(storage_url)
    if parts.scheme == "file" and parts.path:
        return {
            "BACKEND": "attachments.storage.WholeFiles",
            "OPTIONS": {"location": parts.path, "file_permissions_mode": 0o640},
        }
    if parts.scheme == "s3" and (parts.hostname or parts.path.strip("/")):
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": parts.path.strip("/") or parts.hostname,
                "access_key": parts.username,
                "secret_key": parts.password,
                "endpoint_url": query.get("endpoint"),
                "region_name": query.get("region"),
                "default_acl": "private",
                "file_overwrite": False,
                "querystring_expire": 60,
            },
        }
    raise ImproperlyConfigured(
        "STORAGE_URL must be file:///folder or s3://key:secret@/bucket?region=eu-west-1"
        f"&endpoint=https://host, but starts with {parts.scheme!r}."
    )


def storage_origins(storage_url: str) -> list[str]:
    """Where browsers get pictures and films from when files lie in a bucket; none for a disk."""
    parts = urlsplit(storage_url)
    if parts.scheme != "s3":
        return []
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    if endpoint := query.get("endpoint"):
        place = urlsplit(endpoint)
        return [f"{place.scheme}://{place.netloc}"]
    bucket = parts.path.strip("/") or parts.hostname
    region = query.get("region")
    hosts = [f"{bucket}.s3.amazonaws.com"]
    if region:
        hosts.append(f"{bucket}.s3.{region}.amazonaws.com")
    return [f"https://{host}" for host in hosts]
