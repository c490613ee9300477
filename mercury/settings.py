"""All of Mercury's settings, from the environment; every one has an embedded default.

MySQL, Redis, Elasticsearch, S3, replicas and shards each turn on by one variable. What is
missing or malformed stops the start with a sentence that says how to mend it.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from mercury import broker, databases, secrets
from mercury.environment import BASE_DIR, VAR_DIR, choice, env, http_url

DEBUG = bool(env.bool("DEBUG", default=False))
VAR_DIR.mkdir(parents=True, exist_ok=True)

# --- Where we are reached ---------------------------------------------------------------------
PUBLIC_URL = http_url("PUBLIC_URL", "http://127.0.0.1:8000")
# Where WAHA reaches us, often another address than the browsers': http://web:8000 in compose.
WEBHOOK_URL = http_url("WEBHOOK_URL", PUBLIC_URL)
SECURE = urlsplit(PUBLIC_URL).scheme == "https"
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[]) or [
    str(urlsplit(PUBLIC_URL).hostname),
    str(urlsplit(WEBHOOK_URL).hostname),
    "127.0.0.1",
    "localhost",
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
TRUSTED_PROXY_COUNT: int = env.int("TRUSTED_PROXY_COUNT", default=0)

# --- Secrets ----------------------------------------------------------------------------------
SECRET_KEY = secrets.secret_key(embedded=not SECURE)
ENCRYPTION_KEYS = secrets.encryption_keys(embedded=not SECURE)

# --- Apps -------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "mercury.apps.MercuryAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "guardian",
    "auditlog",
    "django_htmx",
    "csp",
    "mercury.db",
    "mercury.ui",
    "audit",
    "accounts",
    "attachments",
    "crm",
    "waha",
    "mercury.ops",
]

MIDDLEWARE = [
    "audit.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mercury.db.middleware.ReplicaMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.LocaleOfUserMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "audit.middleware.RequestContextMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.AdminSecondFactorMiddleware",
    "accounts.middleware.PhonesShownMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.PrivatePagesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "mercury.urls"
WSGI_APPLICATION = "mercury.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = [
    # MySQL has no conditional unique constraints; accounts.0002 adds what allauth wants by a
    # generated column, so the warning about skipped ones is answered.
    "models.W036",
    # Shares of a number are answered by waha.backends in guardian's place.
    "guardian.W001",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "mercury.ui.navigation.navigation",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Data -------------------------------------------------------------------------------------
DATABASES = databases.aliases()
DATABASE_ROUTERS = [
    "mercury.db.routers.ShardRouter",
    "mercury.db.routers.JournalRouter",
    "mercury.db.routers.ReplicaRouter",
]
# After a write the same browser reads the primary for so many seconds; a replica further behind
# than REPLICA_MAX_LAG seconds is not read at all.
REPLICA_PIN_SECONDS: int = env.int("REPLICA_PIN_SECONDS", default=5)
REPLICA_MAX_LAG: float = env.float("REPLICA_MAX_LAG", default=3.0)
REDIS_URL: str = env.str("REDIS_URL", default="")
ELASTICSEARCH_URL: str = env.str("ELASTICSEARCH_URL", default="")
# How large the database may grow, in bytes; 0 where nobody said.
DATABASE_MAX_BYTES: int = env.int("DATABASE_MAX_BYTES", default=0)
CACHES = broker.caches(REDIS_URL)
SESSION_ENGINE = "accounts.sessions"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True  # unless "keep me signed in" was ticked
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"

# --- Background work --------------------------------------------------------------------------
CELERY_BROKER_URL = broker.url(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = broker.transport_options(REDIS_URL, VAR_DIR)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"drain": {"queue": "drain"}, "report_drain": {"queue": "drain"}}
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 10_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    # The sweepers: a hint may be lost, a due row is not.
    "drain": {"task": "drain", "schedule": 2.0, "options": {"expires": 2}},
    "deliver": {"task": "deliver", "schedule": 2.0, "options": {"expires": 2}},
    "decline-calls": {"task": "decline_calls", "schedule": 5.0, "options": {"expires": 5}},
    "fetch-media": {"task": "fetch_media", "schedule": 5.0, "options": {"expires": 5}},
    "make-copies": {"task": "make_copies", "schedule": 30.0, "options": {"expires": 30}},
    "relay-updates": {"task": "relay_updates", "schedule": 1.0, "options": {"expires": 1}},
    "replication-heartbeat": {
        "task": "replication_heartbeat",
        "schedule": 1.0,
        "options": {"expires": 1},
    },
    "send-seen": {"task": "send_seen", "schedule": 5.0, "options": {"expires": 5}},
    "look-up": {"task": "look_up", "schedule": 10.0, "options": {"expires": 10}},
    "sync-sessions": {
        "task": "sync_sessions",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "sync-pairing": {"task": "sync_pairing", "schedule": 4.0, "options": {"expires": 4}},
    "read-history": {"task": "read_history", "schedule": 10.0, "options": {"expires": 10}},
    "feed-search": {"task": "feed_search", "schedule": 5.0, "options": {"expires": 5}},
    "rebuild-search": {
        "task": "rebuild_search",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "tidy-sign-ins": {
        "task": "tidy_sign_ins",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "tidy-files": {
        "task": "tidy_files",
        "schedule": crontab(hour=2, minute=40),
        "options": {"expires": 6 * 3600},
    },
    "tidy": {"task": "tidy", "schedule": timedelta(hours=1), "options": {"expires": 3600}},
    "archive-messages": {
        "task": "archive_messages",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "seal-audit": {"task": "seal_audit", "schedule": 5.0, "options": {"expires": 5}},
    "prune-audit": {
        "task": "prune_audit",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "alert-errors": {"task": "alert_errors", "schedule": 60.0, "options": {"expires": 60}},
    "create-monthly-partitions": {
        "task": "create_monthly_partitions",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    # Each queue's worker says that it still takes work; a process that merely lives is not enough.
    "report-worker": {"task": "report_worker", "schedule": 10.0, "options": {"expires": 10}},
    "report-drain": {"task": "report_drain", "schedule": 10.0, "options": {"expires": 10}},
    "sample-health": {"task": "sample_health", "schedule": 60.0, "options": {"expires": 60}},
    "measure-tables": {"task": "measure_tables", "schedule": 60.0, "options": {"expires": 60}},
    "check-invariants": {
        "task": "check_invariants",
        "schedule": crontab(hour=3, minute=30),
        "options": {"expires": 6 * 3600},
    },
    "count-messages": {"task": "count_messages", "schedule": 3600.0, "options": {"expires": 3600}},
}

# --- People -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.backends.RoleBackend",
    "waha.backends.SharingBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ANONYMOUS_USER_NAME = None  # guardian: no row for the anonymous user
GUARDIAN_MONKEY_PATCH_USER = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None  # a choice on the sign-in form; the default ends with the browser
ACCOUNT_CHANGE_EMAIL = True  # one address each; a new one counts once it is confirmed
ACCOUNT_FORMS = {"add_email": "accounts.addresses.NewAddressForm"}
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {
    # accounts.throttle says what each is for.
    "login_failed": "5/5m/key",  # codes of second factors
    "sign_in_address": "20/m/key",
    "sign_in_account_address": "5/5m/key",
    "sign_in_account_strangers": "50/h/key",
    "sign_in_known_browser": "10/5m/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
PASSWORD_RESET_TIMEOUT = 3600
INVITATION_DAYS = 7
MFA_ADAPTER = "accounts.second_factor.MFAAdapter"
MFA_FORMS = {"authenticate": "accounts.second_factor.CodeForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
# Nobody signs up: an address that is not confirmed yet is still the one its user was given.
MFA_ALLOW_UNVERIFIED_EMAIL = True
REQUIRE_ADMIN_MFA: bool = env.bool("REQUIRE_ADMIN_MFA", default=False)

# --- Mail -------------------------------------------------------------------------------------
# Without a mail server an embedded installation keeps its mails in files, which its owners
# read at /accounts/outbox/; one that is reached from outside writes them to its log.
MAIL_DIR = VAR_DIR / "mails"
vars().update(
    env.email_url("EMAIL_URL", default="consolemail://" if SECURE else f"filemail:///{MAIL_DIR}")
)
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default="Mercury CRM <mercury@localhost>")

# --- Safe by default --------------------------------------------------------------------------
STORAGE_URL: str = env.str("STORAGE_URL", default=f"file://{VAR_DIR / 'files'}")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *broker.storage_origins(STORAGE_URL)],
        "media-src": [SELF, "blob:", *broker.storage_origins(STORAGE_URL)],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$", r"^waha/webhook/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "mercury-session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "mercury-csrf"
CSRF_COOKIE_HTTPONLY = True  # pages hand the token to htmx in hx-headers
CSRF_FAILURE_VIEW = "mercury.ui.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- Words and times --------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("ar", _("Arabic")),
    ("de", _("German")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]

# --- Files ------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": broker.storage(STORAGE_URL),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "mercury.ui.static_files.HashedStaticFiles"
    },
}
# Where clamd listens (tcp://host:3310, unix:///path); empty scans nothing.
CLAMD_URL: str = env.str("CLAMD_URL", default="")
FILE_UPLOAD_HANDLERS = [
    "attachments.upload_handlers.CappedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "attachments.upload_handlers.DiskUploadHandler",
]

# --- WAHA -------------------------------------------------------------------------------------
WAHA_URL = http_url("WAHA_URL", "http://127.0.0.1:3000")
WAHA_API_KEY: str = env.str("WAHA_API_KEY", default="")
WAHA_HMAC_KEY: str = env.str("WAHA_HMAC_KEY", default="")
WEBHOOK_MAX_BYTES = 5 * 1024 * 1024
MEDIA_MAX_BYTES: int = env.int("MEDIA_MAX_BYTES", default=100 * 1024 * 1024)
# Months that ended so many months ago move into the archive (docs/archive.md); archived months
# that ended RETENTION_MONTHS ago are deleted, 0 keeps them for ever.
ARCHIVE_AFTER_MONTHS: int = env.int("ARCHIVE_AFTER_MONTHS", default=6)
RETENTION_MONTHS: int = env.int("RETENTION_MONTHS", default=0)

# --- Audit ------------------------------------------------------------------------------------
AUDITLOG_LOGENTRY_MODEL = "audit.AuditLog"
AUDITLOG_INCLUDE_ALL_MODELS = False
AUDITLOG_STORE_JSON_CHANGES = True
AUDITLOG_DISABLE_ON_RAW_SAVE = True
# Opening a chat is written down too; at one entry an hour for each chat and person.
AUDIT_CHAT_VIEWS: bool = env.bool("AUDIT_CHAT_VIEWS", default=False)
# Sealed entries whose month ended so many months ago are deleted, 0 keeps them for ever.
AUDIT_RETENTION_MONTHS: int = env.int("AUDIT_RETENTION_MONTHS", default=0)
SENTRY_DSN: str = env.str("SENTRY_DSN", default="")

# New errors are mailed to these; to every active superuser where it is empty.
ERROR_MAILS: list[str] = env.list("ERROR_MAILS", default=[])

# --- Watching over it ---------------------------------------------------------------------------
# Statements of pages and tasks that take longer are kept for /ops/, without their parameters.
SLOW_QUERY_MS: int = env.int("SLOW_QUERY_MS", default=500)
# Prometheus sends it as a bearer token; without one /metrics asks for a sign-in.
METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")

# --- Logs: ids only, never a phone number, a message body or a secret ---------------------------
LOG_LEVEL: str = env.str("LOG_LEVEL", default="INFO")
LOG_FORMAT = choice("LOG_FORMAT", "json" if SECURE else "line", of=("json", "line"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "audit.log_format.LineFormatter"},
        "json": {"()": "audit.log_format.JsonFormatter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT},
        "errors": {"class": "audit.error_handler.ErrorLogHandler", "level": "ERROR"},
    },
    "root": {"handlers": ["console", "errors"], "level": LOG_LEVEL},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "elastic_transport": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}
