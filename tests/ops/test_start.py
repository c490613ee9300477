"""A process that does not fit its database ends with a sentence."""

import pytest
from django.db import OperationalError, connections

from mercury.ops import database_probes, start
from mercury.ops.findings import broken


@pytest.fixture(autouse=True)
def keep_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own transaction runs on them."""
    monkeypatch.setattr(connections, "close_all", lambda: None)


@pytest.mark.core
@pytest.mark.django_db
def test_start_goes_on_when_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    start.refuse_unready()

    assert capsys.readouterr().err == ""


@pytest.mark.django_db
def test_start_is_refused_while_migrations_are_pending(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        database_probes, "pending_migrations", lambda: ["crm.0007", "waha.0001", "a.2", "b.3"]
    )

    with pytest.raises(SystemExit) as refused:
        start.refuse_unready()

    assert refused.value.code == 3
    assert capsys.readouterr().err == (
        "Mercury does not start. The database lacks 4 of this version's migrations: "
        "crm.0007, waha.0001, a.2 and 1 more. Run `python manage.py migrate`.\n"
    )


@pytest.mark.django_db
def test_start_is_refused_on_a_server_set_up_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = broken("time zones", "The tables are empty.", "Load them.")
    monkeypatch.setattr(database_probes, "server", lambda: [found])

    with pytest.raises(SystemExit):
        start.refuse_unready()

    assert capsys.readouterr().err == "Mercury does not start. The tables are empty. Load them.\n"


def test_start_goes_on_while_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> list[str]:
        raise OperationalError(2003, "Can't connect")

    monkeypatch.setattr(database_probes, "pending_migrations", away)

    start.refuse_unready()

    assert caplog.messages == ["The database does not answer; starting without looking at it."]
