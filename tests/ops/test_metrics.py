"""/metrics: who may read it, and that Prometheus can."""

import re
from typing import Any

import pytest
from django.test import Client

from mercury.ops.health import marks
from mercury.ops.models import SlowQuery
from tests.factories import make_user

pytestmark = pytest.mark.django_db
SAMPLE = re.compile(r'^[a-z_]+(\{[a-z]+="[a-z_]+"\})? -?\d+(\.\d+)?(e[+-]\d+)?$')


def ask(client: Client, token: str) -> int:
    return client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code


def test_metrics_take_the_token_and_nothing_like_it(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "tök-en"

    answers = [ask(client, token) for token in ("tök-en", "tök-e", "", "tök-en-")]

    assert answers == [200, 401, 401, 401]


def test_metrics_without_a_token_ask_for_the_permission(client: Client) -> None:
    stranger = client.get("/metrics")
    empty = ask(client, "")
    client.force_login(make_user(role="Manager"))
    manager = client.get("/metrics").status_code
    client.force_login(make_user(role="Admin"))

    assert (stranger.status_code, empty, manager) == (401, 401, 403)
    assert stranger.headers["WWW-Authenticate"].startswith("Bearer")
    assert client.get("/metrics").status_code == 200


@pytest.mark.core
def test_metrics_are_in_prometheus_text_format(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "t"
    marks.report(marks.SCHEDULE)
    SlowQuery.objects.create(digest="d", statement="SELECT", count=2, total_ms=1500)

    response = client.get("/metrics", headers={"Authorization": "Bearer t"})

    lines = response.content.decode().splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert [line for line in samples if not SAMPLE.match(line)] == []
    assert 'mercury_health_state{check="schedule"} 0' in samples
    assert 'mercury_health_state{check="workers"} 3' in samples
    assert "mercury_slow_statements_kept 2" in samples
    assert "mercury_slow_statements_kept_seconds 1.5" in samples
    helped = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert {re.split(r"[{ ]", line)[0] for line in samples} == helped
