from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from tests.factories import make_server, make_session, make_user
from waha import sessions
from waha.models import Level, SessionStatus, WahaSession, WahaUpdate

pytestmark = [pytest.mark.django_db, pytest.mark.core]
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_create_session_gives_its_owner_manage_and_a_key_of_its_own() -> None:
    owner, server = make_user(), make_server()

    session = sessions.create_session(name="sales", owner=owner, server=server, by=owner)

    assert session.level_of(owner) == Level.MANAGE
    assert len(session.hmac_keys) == 1
    assert len(session.hmac_keys[0]) >= 32
    assert session.waha_name == "sales"
    assert session.status == SessionStatus.STOPPED


@pytest.mark.parametrize("taken", ["name", "waha_name"])
def test_create_session_refuses_a_name_that_is_taken(taken: str) -> None:
    server = make_server()
    make_session(name="sales", server=server, waha_name="default")
    names = {"name": "sales"} if taken == "name" else {"name": "new", "waha_name": "default"}

    with pytest.raises(sessions.SessionRefused):
        sessions.create_session(owner=make_user(), server=server, by=None, **names)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("STOPPED", "stopped"),
        ("STARTING", "connecting"),
        ("SCAN_QR_CODE", "scan_qr"),
        ("PASSKEY_REQUIRED", "scan_qr"),
        ("PASSKEY_CONFIRMATION_REQUIRED", "scan_qr"),
        ("WORKING", "working"),
        ("FAILED", "failed"),
    ],
)
def test_apply_status_puts_wahas_word_into_ours(word: str, status: str) -> None:
    session = make_session(status=SessionStatus.CONNECTING)

    sessions.apply_status(session=session, waha_status=word, at=NOON)

    session.refresh_from_db()
    assert session.status == status
    assert session.waha_status == word


def test_apply_status_in_any_order_ends_the_same() -> None:
    words = ["STARTING", "SCAN_QR_CODE", "WORKING", "FAILED"]
    told = [(word, NOON + timedelta(seconds=at)) for at, word in enumerate(words)]
    told.append(("STOPPED", NOON + timedelta(seconds=3)))  # in the same instant as FAILED
    ends = set()

    for order in permutations(told):
        session = make_session()
        for word, at in order:
            sessions.apply_status(session=session, waha_status=word, at=at)
        ends.add(WahaSession.objects.values_list("waha_status", flat=True).get(pk=session.pk))

    assert ends == {"STOPPED"}


def test_apply_status_of_an_unknown_word_keeps_the_status() -> None:
    session = make_session(status=SessionStatus.WORKING)

    sessions.apply_status(session=session, waha_status="DANCING", at=NOON)

    session.refresh_from_db()
    assert session.status == SessionStatus.WORKING
    assert session.waha_status == "DANCING"


def test_apply_status_tells_open_pages_only_of_news() -> None:
    session = make_session(status=SessionStatus.STOPPED)

    sessions.apply_status(session=session, waha_status="WORKING", at=NOON)
    sessions.apply_status(session=session, waha_status="WORKING", at=NOON + timedelta(seconds=9))

    assert WahaUpdate.objects.filter(kind="session", ref=session.pk).count() == 1


def test_apply_status_keeps_the_phone_of_the_account() -> None:
    session = make_session(phone="")

    sessions.apply_status(
        session=session, waha_status="WORKING", at=NOON, me_id="447700900001@c.us"
    )

    session.refresh_from_db()
    assert session.phone == "+447700900001"
    assert session.me_id == "447700900001@c.us"
