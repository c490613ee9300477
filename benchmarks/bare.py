"""What the webhook is measured against: Django without middleware, one INSERT and COMMIT.

It proves nothing, parses nothing and hints nobody; it keeps its connection and never checks it.
"""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from mercury.environment import database

TABLE = "bench_events"

settings.configure(
    SECRET_KEY="only for the benchmark",  # noqa: S106
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="benchmarks.bare",
    MIDDLEWARE=[],
    USE_TZ=True,
    DATABASES={
        "default": {
            **database(os.environ["DATABASE_URL"], "DATABASE_URL"),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": False,
        }
    },
)


def store(request: HttpRequest) -> HttpResponse:
    """Insert the body on the journal's table shape and answer once it is committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} (session_id, event, envelope_id, request_id, body, state,"  # noqa: S608
            " attempts, due_at, last_error, received_at) VALUES (1, 'message', %s, %s, %s, 'new',"
            " 0, UTC_TIMESTAMP(6), '', UTC_TIMESTAMP(6))",
            [
                request.headers["X-Webhook-Request-Id"],
                request.headers["X-Webhook-Request-Id"],
                request.body,
            ],
        )
    return HttpResponse("stored\n", content_type="text/plain")


urlpatterns = [path("store/", store)]
application = get_wsgi_application()
