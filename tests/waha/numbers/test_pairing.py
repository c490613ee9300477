import time

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditLog
from tests.factories import make_user
from waha import sessions
from waha.gateway.simulator import Simulator
from waha.gateway.simulator.pairing import PASSKEY_CODE
from waha.models import SessionStatus, WahaServer, WahaSession
from waha.numbers import pairing, reach
from waha.numbers.reach import Reach

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def wait_for(waha: Simulator, name: str, status: str) -> None:
    deadline = time.monotonic() + 5
    while waha.session(name).status != status and time.monotonic() < deadline:
        time.sleep(0.01)
    assert waha.session(name).status == status


def test_start_runs_the_session_and_says_so(waha: Simulator, shop: WahaSession) -> None:
    pairing.start(session=shop, by=shop.user)

    shop.refresh_from_db()
    assert waha.session("shop").status != "STOPPED"
    assert shop.status != SessionStatus.STOPPED
    assert AuditLog.objects.get(event="session.started").actor_id == shop.user_id


def test_start_leads_the_webhook_here_with_the_numbers_own_key(
    waha: Simulator, shop: WahaSession
) -> None:
    pairing.start(session=shop, by=shop.user)

    hooks = waha.session("shop").config["webhooks"]
    assert [hook["url"] for hook in hooks] == ["http://127.0.0.1:8000/waha/webhook/shop/"]
    assert hooks[0]["hmac"]["key"] == shop.hmac_keys[0]
    assert hooks[0]["retries"]["policy"] == "exponential"


def test_start_makes_a_session_that_waha_does_not_know(waha: Simulator, shop: WahaSession) -> None:
    WahaSession.objects.filter(pk=shop.pk).update(waha_name="brand-new")
    shop.refresh_from_db()

    pairing.start(session=shop, by=shop.user)

    assert "brand-new" in waha.world.sessions


def test_start_adds_no_second_webhook(waha: Simulator, shop: WahaSession) -> None:
    pairing.start(session=shop, by=shop.user)

    pairing.start(session=shop, by=shop.user)

    assert len(waha.session("shop").config["webhooks"]) == 1


def test_stop_stops_the_session(waha: Simulator, desk: WahaSession) -> None:
    pairing.stop(session=desk, by=desk.user)

    desk.refresh_from_db()
    assert waha.session("desk").status == "STOPPED"
    assert desk.status == SessionStatus.STOPPED


def test_restart_ends_in_a_session_that_works(waha: Simulator, desk: WahaSession) -> None:
    pairing.restart(session=desk, by=desk.user)

    wait_for(waha, "desk", "WORKING")


def test_add_makes_the_number_and_goes_on_to_its_page(
    waha: Simulator, waha_server: WahaServer
) -> None:
    manager = make_user(role="Manager")
    client = Client()
    client.force_login(manager)

    response = client.post(reverse("numbers:add"), {"title": "Sales · Berlin", "name": ""})

    session = WahaSession.objects.get(name="sales-berlin")
    assert response.headers["Location"] == reverse("numbers:detail", args=[session.pk])
    assert session.user == manager
    assert "sales-berlin" in waha.world.sessions


@pytest.mark.parametrize("answers", [True, False])
def test_an_address_that_cannot_be_reached_is_said_at_once(
    waha: Simulator, waha_server: WahaServer, answers: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Reach(answers, "http://crm.example/ cannot be reached (ConnectError).")
    monkeypatch.setattr(reach, "check", lambda session: found)

    page = signed_in(make_user(role="Manager")).post(
        reverse("numbers:add"), {"title": "Sales", "name": ""}, follow=True
    )

    told = [str(message) for message in page.context["messages"]]
    assert told == ([] if answers else [found.words])


def test_qr_is_a_picture_that_no_cache_keeps(waha: Simulator, shop: WahaSession) -> None:
    WahaSession.objects.filter(pk=shop.pk).update(waha_name="unpaired")
    client = Client()
    client.force_login(shop.user)
    client.post(reverse("numbers:start", args=[shop.pk]))
    wait_for(waha, "unpaired", "SCAN_QR_CODE")

    response = client.get(reverse("numbers:qr", args=[shop.pk]))

    assert response.content.startswith(b"\x89PNG")
    assert response.headers["Cache-Control"] == "no-store"


def test_qr_of_a_number_that_works_is_not_found(desk: WahaSession) -> None:
    client = Client()
    client.force_login(desk.user)

    response = client.get(reverse("numbers:qr", args=[desk.pk]))

    assert response.status_code == 404


@pytest.mark.parametrize("name", ["start", "stop", "restart"])
def test_server_that_is_away_is_said_in_a_sentence(name: str, shop: WahaSession) -> None:
    WahaServer.objects.update(url="http://127.0.0.1:9")
    client = Client()
    client.force_login(shop.user)

    page = client.post(reverse(f"numbers:{name}", args=[shop.pk]), follow=True)

    assert "toast-error" in page.content.decode()
    assert client.get(reverse("numbers:qr", args=[shop.pk])).status_code == 503


# -- a passkey


@pytest.mark.parametrize(
    ("state", "label", "advice", "compares"),
    [
        ("PASSKEY_REQUIRED", "Waiting for the passkey", "WhatsApp asks for the account", False),
        (
            "PASSKEY_CONFIRMATION_REQUIRED",
            "Waiting for the passkey to be confirmed",
            "WhatsApp has the passkey and shows a code on the phone.",
            True,
        ),
    ],
)
def test_passkey_states_are_named_and_show_no_qr(
    desk: WahaSession, state: str, label: str, advice: str, compares: bool
) -> None:
    sessions.apply_status(session=desk, waha_status=state, at=timezone.now())

    page = signed_in(desk.user).get(reverse("numbers:detail", args=[desk.pk])).content.decode()

    desk.refresh_from_db()
    assert (desk.status, desk.waha_status) == ("scan_qr", state)
    assert f"<h2>{label}</h2>" in page
    assert advice in page
    assert "/qr.png" not in page
    assert (reverse("numbers:passkey", args=[desk.pk]) in page) == compares


def test_code_of_a_passkey_is_compared_and_confirmed(waha: Simulator, desk: WahaSession) -> None:
    waha.set_session("desk", status="PASSKEY_CONFIRMATION_REQUIRED")
    client, url = signed_in(desk.user), reverse("numbers:passkey", args=[desk.pk])

    page = client.get(url).content.decode()
    answer = client.post(url)

    assert f"<output>{PASSKEY_CODE}</output>" in page
    assert answer.headers["Location"] == reverse("numbers:detail", args=[desk.pk])
    assert waha.session("desk").status in {"STARTING", "WORKING"}
    assert AuditLog.objects.filter(event="session.passkey_confirmed").count() == 1


def test_code_that_nobody_waits_for_is_said(waha: Simulator, desk: WahaSession) -> None:
    client = signed_in(desk.user)

    answer = client.get(reverse("numbers:passkey", args=[desk.pk]), follow=True)

    assert answer.redirect_chain[-1][0] == reverse("numbers:detail", args=[desk.pk])
    assert [str(each) for each in answer.context["messages"]]
