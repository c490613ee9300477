"""What is streamed is made as its page was: masked, in the reader's words and time zone."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpRequest, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from accounts.middleware import LocaleOfUserMiddleware, PhonesShownMiddleware
from accounts.models import User
from audit.models import AuditLog
from mercury.ui import phones

PHONE = "+44 7700 900123"


def streaming(request: HttpRequest) -> StreamingHttpResponse:
    def body() -> Iterator[str]:
        noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        yield phones.text(PHONE)
        yield f" {timezone.localtime(noon):%H:%M} {translation.gettext('Monday')}"

    return StreamingHttpResponse(body())


@pytest.mark.django_db
def test_a_stream_is_read_as_the_page_was(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = User.objects.create_user(
        "olga@example.com", name="Olga", locale="de", time_zone="Asia/Tokyo"
    )
    inner: Any = PhonesShownMiddleware(streaming)
    run: Any = LocaleOfUserMiddleware(inner)

    response = run(request)
    with translation.override("en"):
        said = b"".join(response).decode()

    assert said == "••• 123 21:00 Montag"


@pytest.mark.django_db
def test_the_export_of_the_audit_log_masks_phones(client: Client) -> None:
    reader = User.objects.create_user("ada@example.com", name="Ada")
    reader.user_permissions.add(Permission.objects.get(codename="view_auditlog"))
    AuditLog.objects.create(
        event="session.changed", action=1, object_repr=f"number {PHONE}", actor=reader
    )
    client.force_login(reader, backend="accounts.backends.RoleBackend")

    rows = b"".join(client.post("/audit/export/", {})).decode()  # type: ignore[arg-type]  # streamed

    assert ("900123" in rows, "••• 123" in rows) == (False, True)
