from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.factories import make_role, make_session, make_user, share
from waha import sharing
from waha.models import Level, SessionStatus, WahaServer, WahaSession

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.core
def test_list_shows_visible_numbers_and_no_others() -> None:
    user = make_user(role="Viewer")
    share(make_session(title="Sales · Berlin", phone="+493023125044"), user)
    make_session(title="Secret number")

    page = signed_in(user).get(reverse("numbers:list")).content.decode()

    assert "Sales · Berlin" in page
    assert "+49 30 23125044" in page
    assert "Secret number" not in page


def test_list_without_numbers_says_whom_to_ask() -> None:
    page = signed_in(make_user()).get(reverse("numbers:list")).content.decode()

    assert "No number is shared with you" in page
    assert reverse("numbers:add") not in page


def test_list_costs_the_same_however_many_numbers(assert_same_queries: Any) -> None:
    user = make_user()
    client = signed_in(user)

    def grow(number: int) -> None:
        for _ in range(number):
            share(make_session(), user, Level.MANAGE)

    assert_same_queries(lambda: client.get(reverse("numbers:list")), grow, many=10, at_most=8)


def test_list_and_its_fragment_show_the_same_rows() -> None:
    user = make_user()
    share(make_session(), user)
    client = signed_in(user)

    page = client.get(reverse("numbers:list")).content.decode()
    fragment = client.get(reverse("numbers:list"), headers=HTMX).content.decode()

    assert fragment.strip() in page
    assert fragment.strip().startswith("<li>")


@pytest.mark.parametrize("status", SessionStatus.values)
def test_managers_read_what_to_do_and_others_whom_to_ask(status: str) -> None:
    session = make_session(status=SessionStatus(status), owner=make_user(name="Mia Rossi"))
    viewer = make_user()
    share(session, viewer)
    url = reverse("numbers:detail", args=[session.pk])

    for_manager = signed_in(session.user).get(url).content.decode()
    for_viewer = signed_in(viewer).get(url).content.decode()

    assert (reverse("numbers:qr", args=[session.pk]) in for_manager) == (status == "scan_qr")
    assert "/qr.png" not in for_viewer
    assert "<form" not in for_viewer.partition("<main")[2].partition("</main>")[0]
    asks = "Not connected. Ask Mia Rossi to connect it." in for_viewer
    assert asks == (status in {"scan_qr", "failed", "stopped"})


def test_detail_shows_managers_with_whom_it_is_shared() -> None:
    session = make_session()
    share(session, make_user(name="Vera Lindqvist"), Level.VIEW)
    sharing.share(session=session, role=make_role("Agent"), level=Level.REPLY, by=None)

    page = signed_in(session.user).get(reverse("numbers:detail", args=[session.pk]))

    shares = [(each.name, each.level, each.is_owner) for each in page.context["shares"]]
    assert shares == [
        (session.user.name, Level.MANAGE, True),
        ("Vera Lindqvist", Level.VIEW, False),
        ("Agent", Level.REPLY, False),
    ]


def test_detail_and_its_fragment_show_the_same_state() -> None:
    session = make_session(status=SessionStatus.FAILED)
    client = signed_in(session.user)
    url = reverse("numbers:detail", args=[session.pk])

    response = client.get(url, headers=HTMX)

    assert response.templates[0].name == "waha/numbers/_state.html"
    assert "Start it again" in response.content.decode()


def test_silent_server_is_said() -> None:
    session = make_session()
    WahaServer.objects.update(last_seen_at=timezone.now() - timedelta(minutes=10))

    page = signed_in(session.user).get(reverse("numbers:list")).content.decode()

    assert "Its WAHA server does not answer." in page
    assert "Messages come in and go out." not in page
    assert '<span class="tag tag-warn">server away</span>' in page


@pytest.mark.parametrize("name", ["detail", "qr", "start", "stop", "restart"])
def test_number_of_others_is_not_found(name: str) -> None:
    session, stranger = make_session(), make_user()
    client = signed_in(stranger)
    url = reverse(f"numbers:{name}", args=[session.pk])

    response = client.get(url) if name in {"detail", "qr"} else client.post(url)

    assert response.status_code == 404


@pytest.mark.parametrize("name", ["qr", "start", "stop", "restart"])
def test_number_one_only_replies_on_is_forbidden_to_manage(name: str) -> None:
    session, agent = make_session(), make_user()
    share(session, agent, Level.REPLY)
    client = signed_in(agent)
    url = reverse(f"numbers:{name}", args=[session.pk])

    response = client.get(url) if name == "qr" else client.post(url)

    assert response.status_code == 403


@pytest.mark.parametrize("method", ["get", "post"])
def test_add_is_forbidden_without_the_permission(method: str) -> None:
    client = signed_in(make_user(role="Agent"))

    response = getattr(client, method)(reverse("numbers:add"), {"title": "Mine"})

    assert response.status_code == 403
    assert not WahaSession.objects.exists()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"title": "Sales", "name": "Sales Berlin"}, "Use small letters"),
        ({"title": "مبيعات", "name": ""}, "Give a short name"),
        ({"title": "Taken", "name": "taken"}, "There is already a number"),
        ({"title": "", "name": "x"}, "This field is required"),
    ],
)
def test_add_says_what_is_wrong(values: dict[str, str], told: str) -> None:
    make_session(name="taken")

    page = signed_in(make_user(role="Manager")).post(reverse("numbers:add"), values)

    assert told in page.content.decode()
    assert WahaSession.objects.count() == 1
