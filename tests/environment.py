"""The environment tests run in: set before Django reads it, the same on every machine.

`DATABASE_URL` and `REDIS_URL` come from outside (`scripts/test.py` starts the servers); all
else is fixed here, so that nobody's `.env` changes what a test sees.
"""

import atexit
import os
import shutil
import tempfile
from base64 import b64encode
from pathlib import Path

import django
from django.conf import settings

from audit import context
from mercury import celery

FIXED = {
    "DJANGO_SETTINGS_MODULE": "mercury.settings",
    "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests-only-for-tests",
    "ENCRYPTION_KEYS": "test:" + b64encode(b"only for tests: 32 bytes of key.").decode(),
    "WAHA_URL": "http://127.0.0.1:9",  # discard: nothing listens, a forgotten fake is refused
    "WAHA_API_KEY": "test-api-key",
    "WAHA_HMAC_KEY": "test-hmac-key",
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "WEBHOOK_URL": "http://127.0.0.1:8000",
    "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
    "TRUSTED_PROXY_COUNT": "0",
    "EMAIL_URL": "memorymail://",
    "DEFAULT_FROM_EMAIL": "Mercury CRM <mercury@localhost>",
    "DATABASE_REPLICA_URLS": "",
    "SHARD_DATABASE_URLS": "",
    "ELASTICSEARCH_URL": "",
    "SENTRY_DSN": "",
    "DEBUG": "0",
    "LOG_LEVEL": "INFO",
    "METRICS_TOKEN": "",
    "DATABASE_MAX_BYTES": "0",
    # A busy machine is slow by chance: only tests of the capture capture anything.
    "SLOW_QUERY_MS": "600000",
}


def set_up() -> None:
    """Fill the environment, load the settings and make them fast and sealed."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if "TEST_VAR" not in os.environ:
        # The first process makes it, its workers inherit it, and the first removes it.
        os.environ["TEST_VAR"] = tempfile.mkdtemp(prefix="mercury-test-")
        atexit.register(shutil.rmtree, os.environ["TEST_VAR"], ignore_errors=True)
    var = Path(os.environ["TEST_VAR"], worker or "main")
    var.mkdir(exist_ok=True)
    os.environ.update(FIXED)
    os.environ["MERCURY_VAR"] = str(var)
    os.environ["STORAGE_URL"] = f"file://{var / 'files'}"
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{var / 'mercury.sqlite3'}")
    os.environ.setdefault("REDIS_URL", "")
    if os.environ["REDIS_URL"] and worker:
        # One of Redis's sixteen databases for each worker: they must not see each other's keys.
        base = os.environ["REDIS_URL"].rsplit("/", 1)[0]
        os.environ["REDIS_URL"] = f"{base}/{int(worker.removeprefix('gw')) + 1}"

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        # The production storage wants a manifest that only `collectstatic` writes.
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        # A file, not memory: threads get real WAL and real locks, as in production.
        default.setdefault("TEST", {})["NAME"] = str(var / "test.sqlite3")
    # Errors that tests provoke on purpose are not written down by a thread beside them.
    settings.LOGGING["root"]["handlers"] = ["console"]
    django.setup()
    # Rows that tests prepare are nobody's work: they write no entries by themselves.
    context.stand_as(context.NOBODY)
    # A worker does this when it starts; the tests run tasks without one.
    celery.app.loader.import_default_modules()
