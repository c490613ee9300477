from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from accounts.models import Permission, Role, User
from accounts.permissions import Can, OnNumber
from tests.factories import make_user
from waha.models import (
    Level,
    MessageStatus,
    MessageType,
    OutboxState,
    SessionStatus,
    WahaCall,
    WahaChat,
    WahaMessage,
    WahaMessageKey,
    WahaOutbox,
    WahaSession,
)

pytestmark = pytest.mark.django_db


def seed(*options: str) -> str:
    out = StringIO()
    call_command("seed", *options, stdout=out)
    return out.getvalue()


def counts() -> dict[str, int]:
    models = (Role, Permission, User, WahaSession, WahaChat, WahaMessage, WahaMessageKey, WahaCall)
    return {model.__name__: model.objects.count() for model in models}


@pytest.mark.core
def test_seed_makes_exactly_what_it_says_and_nothing_twice() -> None:
    seed()
    first = counts()

    seed()

    assert first == counts()
    assert first == {
        "Role": 5,
        "Permission": len(Can) + len(OnNumber),
        "User": 10,
        "WahaSession": 3,
        "WahaChat": 15,
        "WahaMessage": 300,
        "WahaMessageKey": 300,
        "WahaCall": 0,
    }
    chats = WahaMessage.objects.values_list("chat").annotate(number=Count("pk"))
    assert {number for _chat, number in chats} == {20}


def test_seed_gives_every_user_a_role_and_a_share() -> None:
    seed()

    users = User.objects.all()

    assert all(user.groups.count() == 1 for user in users)
    assert all(WahaSession.objects.visible_to(user).count() == 3 for user in users)


def test_seed_takes_its_password_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "a long demo password")

    told = seed()

    assert User.objects.get(email="user1@example.com").check_password("a long demo password")
    assert "a long demo password" not in told


def test_seed_shows_a_made_password_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)

    first, second = seed(), seed()

    password = first.strip().rsplit(" ", 1)[1]
    assert User.objects.get(email="user1@example.com").check_password(password)
    assert "Password" not in second


def test_seed_roles_makes_no_people() -> None:
    seed("--roles")

    assert counts()["User"] == 0
    assert counts()["Role"] == 5


@pytest.mark.parametrize("option", ["--demo", None])
def test_seed_refuses_among_real_people(option: str | None) -> None:
    make_user(email="ceo@company.test")

    with pytest.raises(CommandError, match="1 people with real addresses"):
        seed(*filter(None, [option]))

    assert counts()["WahaSession"] == 0


def test_seed_goes_on_among_real_people_when_forced() -> None:
    make_user(email="ceo@company.test")

    seed("--force")

    assert counts()["User"] == 11


@pytest.mark.slow
def test_demo_looks_like_a_working_office(var_dir: Path) -> None:
    seed("--demo")
    first = counts()
    seed("--demo")

    lena = User.objects.get(email="lena@example.com")
    vera = User.objects.get(email="vera@example.com")
    adam = User.objects.get(email="adam@example.com")

    assert counts() == first
    assert first["WahaChat"] == 59
    assert first["WahaMessage"] > 1000
    assert set(WahaSession.objects.values_list("status", flat=True)) == {
        SessionStatus.WORKING,
        SessionStatus.STOPPED,
        SessionStatus.FAILED,
    }
    assert set(WahaMessage.objects.values_list("type", flat=True)) == set(MessageType.values)
    assert set(WahaMessage.objects.values_list("status", flat=True)) == set(
        MessageStatus.values
    ) - {MessageStatus.PLAYED}
    assert set(WahaOutbox.objects.values_list("state", flat=True)) == {
        OutboxState.QUEUED,
        OutboxState.FAILED,
        OutboxState.UNKNOWN,
    }
    assert WahaSession.objects.visible_to(lena).count() == 5
    assert WahaSession.objects.visible_to(vera, Level.REPLY).count() == 0
    assert WahaSession.objects.visible_to(adam).count() == 0
    assert 5 < WahaChat.objects.visible_to(lena).unread_by(lena).count() < 30
    assert WahaMessage.objects.filter(media_state="missing").count() == 1
