"""Looks at the settings and files of an installation: addresses, secrets, storage."""

import ipaddress
import os
import shutil
import stat
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http.request import validate_host

from attachments import copies
from mercury.environment import BASE_DIR, VAR_DIR
from mercury.ops.findings import Finding, broken, ok, warning

LITTLE_SPACE = 1024**3
MEND_ENV = "in .env (or wherever the environment comes from) and start again"


def addresses() -> list[Finding]:
    """Whether browsers and WAHA are let in at the addresses they are told."""
    return [_public_url(), _proxy(), _webhook_url()]


def secrets() -> list[Finding]:
    """Whether the secrets are set, ours alone, and readable by nobody else."""
    found = [_hmac_key(), _debug()]
    open_files = [str(path) for path in _secret_files() if path.stat().st_mode & _OTHERS]
    if open_files:
        found.append(
            broken(
                "secret files",
                f"Others on this machine can read {', '.join(open_files)}.",
                f"Run `chmod 600 {' '.join(open_files)}`.",
            )
        )
    else:
        found.append(ok("secret files", "Only their owner can read them."))
    return found


def storage() -> Finding:
    """Whether a file can be written, read and removed where uploads and media go."""
    name = f"doctor-{uuid4().hex}"
    try:
        kept = default_storage.save(name, ContentFile(b"doctor"))
        with default_storage.open(kept) as file:
            same = file.read() == b"doctor"
        default_storage.delete(kept)
    except Exception as error:  # botocore, OS and network errors have no common base
        return broken(
            "storage",
            f"Files cannot be written and read at STORAGE_URL: {type(error).__name__}: {error}.",
            "Give the process's user the right to write there, or mend STORAGE_URL " + MEND_ENV,
        )
    if not same:
        return broken("storage", "A file came back other than it was written.", "Look at the disk.")
    return _space() or ok("storage", "A file was written, read and removed.")


def voice_notes() -> Finding:
    """Whether voice notes get a copy for browsers that play no Ogg."""
    if copies.ffmpeg():
        return ok(
            "voice notes", "ffmpeg makes copies for browsers that play no Ogg, and films' pictures."
        )
    return warning(
        "voice notes",
        "ffmpeg is not installed: Safari before 18.4 cannot play voice notes, and films are shown "
        "without a picture until they play.",
        "Install it (Debian: `apt-get install ffmpeg`); those that wait get their copy then.",
    )


def _public_url() -> Finding:
    url = settings.PUBLIC_URL
    host = urlsplit(url).hostname or ""
    if not validate_host(host, settings.ALLOWED_HOSTS):
        return broken(
            "public address",
            f"Browsers are told {url}, but ALLOWED_HOSTS does not let {host} in.",
            f"Add {host} to ALLOWED_HOSTS {MEND_ENV}.",
        )
    if not settings.SECURE and not is_loopback(host):
        return warning(
            "public address",
            f"{url} is not https: passwords and chats travel in the clear.",
            "Put a proxy with a certificate in front and set PUBLIC_URL to its https address.",
        )
    return ok("public address", f"{url}.")


def _proxy() -> Finding:
    if settings.SECURE and not settings.TRUSTED_PROXY_COUNT:
        return broken(
            "proxy",
            "PUBLIC_URL is https, but no proxy is trusted: every page would be redirected to "
            "itself, and every visitor would have the proxy's address.",
            f"Set TRUSTED_PROXY_COUNT to the number of proxies in front (usually 1) {MEND_ENV}.",
        )
    return ok("proxy", f"{settings.TRUSTED_PROXY_COUNT} trusted in front.")


def _webhook_url() -> Finding:
    url = settings.WEBHOOK_URL
    host = urlsplit(url).hostname or ""
    if not validate_host(host, settings.ALLOWED_HOSTS):
        return broken(
            "webhook address",
            f"WAHA is told {url}, but ALLOWED_HOSTS does not let {host} in: "
            "every webhook would be refused.",
            f"Add {host} to ALLOWED_HOSTS {MEND_ENV}.",
        )
    waha = urlsplit(settings.WAHA_URL).hostname or ""
    if is_loopback(host) and not is_loopback(waha):
        return broken(
            "webhook address",
            f"WAHA at {waha} is told {url}, which is WAHA's own machine.",
            f"Set WEBHOOK_URL to an address at which WAHA reaches Mercury {MEND_ENV}.",
        )
    return ok("webhook address", f"WAHA is told {url}/waha/webhook/….")


def _hmac_key() -> Finding:
    if not settings.WAHA_HMAC_KEY:
        return warning(
            "webhook key",
            "WAHA_HMAC_KEY is empty: only numbers with a key of their own are believed.",
            f"Set WAHA_HMAC_KEY {MEND_ENV}; `python manage.py make_env` makes one.",
        )
    if len(settings.WAHA_HMAC_KEY) < 16:
        return warning(
            "webhook key",
            "WAHA_HMAC_KEY is shorter than 16 characters and could be guessed.",
            f"Set a longer one {MEND_ENV}.",
        )
    return ok("webhook key", "Set.")


def _debug() -> Finding:
    if settings.DEBUG:
        return broken(
            "debug mode",
            "DEBUG is on: error pages show settings and data to anybody.",
            f"Remove DEBUG {MEND_ENV}.",
        )
    return ok("debug mode", "Off.")


_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def _secret_files() -> list[Path]:
    kept = VAR_DIR / "secrets"
    files = [BASE_DIR / ".env", *(kept.iterdir() if kept.is_dir() else [])]
    return [path for path in files if path.is_file() and os.name == "posix"]


def _space() -> Finding | None:
    try:
        folder = default_storage.path("")
    except NotImplementedError:  # not on a disk of ours
        return None
    free = shutil.disk_usage(folder).free
    if free >= LITTLE_SPACE:
        return None
    return warning(
        "storage",
        f"Only {free // 1024**2} MB are free where files are kept.",
        "Make room or move STORAGE_URL to a larger disk.",
    )


def is_loopback(host: str) -> bool:
    """True for localhost and addresses of this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
