"""`manage.py doctor`: each thing broken once, and the words it says."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import respx
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.utils import timezone
from httpx import Response

from accounts.models import User
from attachments import copies
from mercury.ops import database_probes, health_probes, service_probes, setup_probes
from mercury.ops.findings import State, broken
from mercury.ops.health import marks
from mercury.ops.models import HealthMark
from mercury.ops.monitoring.answers import Answer
from waha.models import WahaEvent, WahaServer

VERSION = {"version": "2026.7.1", "engine": "NOWEB", "tier": "CORE", "browser": None}


def run() -> tuple[list[str], str]:
    """The doctor's lines and how it ended."""
    out = StringIO()
    try:
        call_command("doctor", stdout=out)
    except CommandError as error:
        return out.getvalue().splitlines(), str(error)
    return out.getvalue().splitlines(), ""


@pytest.fixture
def set_up_well(settings: Any, db: None, respx_mock: respx.MockRouter) -> respx.Route:
    settings.REDIS_URL = ""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    User.objects.create_superuser("owner@example.com", "x" * 20, name="Owner")
    for name in (marks.SCHEDULE, marks.WORKER, marks.DRAIN):
        marks.report(name)
    return respx_mock.get(f"{django_settings.WAHA_URL}/api/server/version").mock(
        Response(200, json=VERSION)
    )


@pytest.mark.core
def test_doctor_finds_nothing_broken_in_a_good_set_up(
    set_up_well: respx.Route, settings: Any
) -> None:
    settings.WAHA_HMAC_KEY = "k" * 40

    lines, ended = run()

    assert [line for line in lines if line.startswith(("BROKEN", "WARNING"))] == []
    assert (lines[-1], ended) == ("All well.", "")


def test_doctor_ends_with_an_error_and_says_how_to_mend(set_up_well: respx.Route) -> None:
    set_up_well.mock(Response(401, json={"message": "Unauthorized", "statusCode": 401}))

    lines, ended = run()

    at = lines.index(
        f"BROKEN   WAHA of the environment: {django_settings.WAHA_URL} refuses the API key."
    )
    assert lines[at + 1].startswith("         → Give Mercury the same WAHA_API_KEY")
    assert ended == "1 broken, 1 to look at."


def test_doctor_stops_where_the_database_is_away(
    set_up_well: respx.Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = broken("database", "The database does not answer: no.", "Is it running?")
    monkeypatch.setattr("mercury.ops.management.commands.doctor.ALWAYS", [lambda: finding])

    lines, ended = run()

    assert lines == [
        "BROKEN   database: The database does not answer: no.",
        "         → Is it running?",
    ]
    assert ended == "1 broken, 0 to look at."


@pytest.mark.django_db
def test_doctor_asks_every_waha_server_of_the_database(respx_mock: respx.MockRouter) -> None:
    for number in (1, 2):
        WahaServer.objects.create(name=f"w{number}", url=f"http://w{number}:3000")
    respx_mock.get("http://w1:3000/api/server/version").mock(Response(200, json=VERSION))
    respx_mock.get("http://w2:3000/api/server/version").mock(Response(500))

    findings = service_probes.waha_servers()

    assert [(finding.name, finding.state) for finding in findings] == [
        ("WAHA w1", State.OK),
        ("WAHA w2", State.BROKEN),
    ]


@pytest.mark.django_db
def test_doctor_sees_that_no_worker_applies_events() -> None:
    WahaEvent.objects.create(
        session_id=1, event="message", envelope_id="evt_1", body=b"{}",
        due_at=timezone.now() - timedelta(minutes=7),
    )  # fmt: skip

    findings = {finding.name: finding for finding in service_probes.workers()}

    assert findings["incoming events"].sentence == "The oldest has waited 7 minutes to be applied."
    assert findings["incoming events"].state is State.BROKEN
    assert findings["outgoing messages"].state is State.OK


def test_doctor_says_when_redis_is_away(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    finding = service_probes.redis_server()

    assert (finding.state, finding.sentence.split(".")[0]) == (
        State.BROKEN,
        "Redis does not answer: ConnectionError",
    )


@pytest.mark.parametrize(
    ("changed", "name", "state"),
    [
        ({"PUBLIC_URL": "https://other.example"}, "public address", State.BROKEN),
        ({"PUBLIC_URL": "http://crm.example.com"}, "public address", State.WARNING),
        ({"SECURE": True}, "proxy", State.BROKEN),
        ({"WEBHOOK_URL": "http://web:8000"}, "webhook address", State.BROKEN),
        ({"WAHA_URL": "https://waha.example"}, "webhook address", State.BROKEN),
        ({"WAHA_HMAC_KEY": "short"}, "webhook key", State.WARNING),
        ({"WAHA_HMAC_KEY": ""}, "webhook key", State.WARNING),
        ({"DEBUG": True}, "debug mode", State.BROKEN),
    ],
)
def test_doctor_sees_a_setting_that_cannot_work(
    settings: Any, changed: dict[str, Any], name: str, state: State
) -> None:
    settings.WAHA_HMAC_KEY = "k" * 40
    settings.ALLOWED_HOSTS = ["127.0.0.1", "crm.example.com"]
    for setting, value in changed.items():
        setattr(settings, setting, value)

    findings = [*setup_probes.addresses(), *setup_probes.secrets()]

    wrong = [finding for finding in findings if finding.state is not State.OK]
    assert [(finding.name, finding.state) for finding in wrong] == [(name, state)]
    assert wrong[0].mend


def test_doctor_sees_secrets_that_others_can_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    env = tmp_path / ".env"
    env.write_text("SECRET_KEY=x")
    env.chmod(0o644)
    monkeypatch.setattr(setup_probes, "BASE_DIR", tmp_path)
    monkeypatch.setattr(setup_probes, "VAR_DIR", tmp_path)

    before = setup_probes.secrets()[-1]
    env.chmod(0o600)
    after = setup_probes.secrets()[-1]

    assert (before.state, before.mend) == (State.BROKEN, f"Run `chmod 600 {env}`.")
    assert after.state is State.OK


def test_doctor_sees_a_storage_that_cannot_be_written(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "files").write_text("a file where the folder should be")
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        },
    }

    finding = setup_probes.storage()

    assert finding.state is State.BROKEN
    assert finding.sentence.startswith("Files cannot be written and read at STORAGE_URL: ")


def test_doctor_misses_what_makes_voice_notes_playable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    without = setup_probes.voice_notes()
    monkeypatch.setattr(copies, "ffmpeg", lambda: "/usr/bin/ffmpeg")

    assert (without.state, "ffmpeg" in without.mend) == (State.WARNING, True)
    assert setup_probes.voice_notes().state is State.OK


@pytest.mark.django_db
def test_doctor_misses_an_owner() -> None:
    assert service_probes.first_user().state is State.WARNING


@pytest.mark.django_db
def test_database_words_hold_no_password() -> None:
    assert "password" not in database_probes.reachable().sentence.lower()


def test_a_schedule_that_never_ran_is_a_warning_and_one_that_stopped_is_broken(
    set_up_well: respx.Route,
) -> None:
    HealthMark.objects.update(at=timezone.now() - timedelta(minutes=5))
    stopped = [finding.state for finding in health_probes.schedule()]
    HealthMark.objects.all().delete()

    assert stopped == [State.BROKEN, State.BROKEN]
    assert [finding.state for finding in health_probes.schedule()] == [State.WARNING] * 2


def test_what_the_nightly_look_found_is_told(set_up_well: respx.Route) -> None:
    marks.report(marks.INVARIANTS, {"broken": 1, "names": ["messages"]})

    assert health_probes.consistency().state is State.BROKEN


@pytest.mark.mysql
def test_missing_rights_are_told_with_what_to_grant(monkeypatch: pytest.MonkeyPatch) -> None:
    denied: Answer[Any] = Answer(
        reason="The database user x may not read this.", mend="GRANT SELECT;"
    )
    monkeypatch.setattr(health_probes, "_asked", lambda: [denied, Answer()])

    found = health_probes.monitoring_rights()

    assert found.state is State.WARNING
    assert found.mend == "Somebody who may grant rights runs: GRANT SELECT;"
