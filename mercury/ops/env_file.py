"""The text of a production .env with fresh secrets."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from mercury.ops.setup_probes import is_loopback
from mercury.secrets import new_encryption_key

TEMPLATE = """\
# Mercury CRM, made by `manage.py make_env`. README.md explains every variable.
# Keep this file out of the repository and in your backups: without ENCRYPTION_KEYS, what is
# encrypted in the database is lost.

# Where browsers reach Mercury; https in production.
PUBLIC_URL={public_url}
ALLOWED_HOSTS={allowed_hosts}
TRUSTED_PROXY_COUNT={proxies}

SECRET_KEY={secret_key}
ENCRYPTION_KEYS={encryption_keys}

# The database and Redis. docker-compose.yml makes its own URLs from the two passwords.
{database}
MYSQL_PASSWORD={mysql_password}
MYSQL_ROOT_PASSWORD={mysql_root_password}
{redis}
REDIS_PASSWORD={redis_password}

# The WAHA server and where it reaches us; it must be started with the same WAHA_API_KEY.
WAHA_URL={waha_url}
WAHA_API_KEY={waha_api_key}
WAHA_HMAC_KEY={waha_hmac_key}
WEBHOOK_URL={webhook_url}
"""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a person decides; everything else in the file is made by chance."""

    public_url: str
    database_url: str = ""
    redis_url: str = ""
    waha_url: str = ""
    waha_api_key: str = ""
    webhook_url: str = ""


def text(choices: Choices) -> str:
    """The file's text; every call has other secrets.

    Without --waha-url and --webhook-url the addresses are those inside docker-compose.yml.
    """
    webhook_url = choices.webhook_url or "http://web:8000"
    hosts = [urlsplit(url).hostname or "" for url in (choices.public_url, webhook_url)]
    return TEMPLATE.format(
        public_url=choices.public_url,
        allowed_hosts=",".join(dict.fromkeys([*hosts, "127.0.0.1", "localhost"])),
        proxies=0 if is_loopback(hosts[0]) else 1,
        secret_key=secrets.token_urlsafe(50),
        encryption_keys=new_encryption_key(),
        database=_or_comment("DATABASE_URL", choices.database_url),
        mysql_password=secrets.token_urlsafe(24),
        mysql_root_password=secrets.token_urlsafe(24),
        redis=_or_comment("REDIS_URL", choices.redis_url),
        redis_password=secrets.token_urlsafe(24),
        waha_url=choices.waha_url or "http://waha:3000",
        waha_api_key=choices.waha_api_key or secrets.token_urlsafe(32),
        waha_hmac_key=secrets.token_urlsafe(48),
        webhook_url=webhook_url,
    )


def write(path: Path, content: str) -> None:
    """Write the file for its owner's eyes alone. Raises FileExistsError, never overwrites."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)


def _or_comment(name: str, value: str) -> str:
    return f"{name}={value}" if value else f"# {name}="
