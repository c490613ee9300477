"""Who can see a chat, and why: each person once with every reason."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Guard, Role, User
from tests.factories import make_chat, make_role, make_session, make_user
from waha import sharing
from waha.models import Level, WahaChat

pytestmark = pytest.mark.django_db


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(chat: WahaChat) -> str:
    return reverse("inbox:chat-access", args=[chat.pk])


@pytest.fixture
def chat() -> WahaChat:
    return make_chat(session=make_session(title="Sales", owner=make_user(name="Otto")))


def reasons(page: Any) -> dict[str, list[tuple[str, str]]]:
    return {
        viewer.user.name: [(reason.words, reason.by) for reason in viewer.reasons]
        for viewer in page.context["viewers"]
    }


def test_each_person_is_listed_once_with_every_reason(chat: WahaChat) -> None:
    otto, agent = chat.session.user, make_user(name="Anna", role="Agent")
    sharing.share(session=chat.session, user=agent, level=Level.VIEW, by=otto)
    sharing.share(session=chat.session, role=make_role("Agent"), level=Level.REPLY, by=otto)
    make_user(name="Stranger")

    page = browser_of(agent).get(url(chat))

    assert reasons(page) == {
        "Otto": [("Owns this number", "")],
        "Anna": [
            ("Shared with them directly", "Otto"),
            ("Shared with everybody who has the role Agent", "Otto"),
        ],
    }
    assert [viewer.level for viewer in page.context["viewers"]] == [Level.MANAGE, Level.REPLY]


def test_deactivated_people_are_not_listed_and_other_sign_ins_are_named(chat: WahaChat) -> None:
    gone, robot = make_user(name="Gone"), make_user(name="Robot")
    sharing.share(session=chat.session, user=gone, level=Level.VIEW, by=None)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    role = Role(name="Robots", guard_name=Guard.API)
    role.save()
    robot.groups.add(role.group)
    sharing.share(session=chat.session, role=role, level=Level.VIEW, by=None)

    page = browser_of(chat.session.user).get(url(chat))

    assert reasons(page) == {
        "Otto": [("Owns this number", "")],
        "Robot": [("Shared with everybody who has the role Robots (API)", "")],
    }


def test_page_leads_managers_to_sharing_and_others_not(chat: WahaChat) -> None:
    viewer = make_user()
    sharing.share(session=chat.session, user=viewer, level=Level.VIEW, by=None)
    link = reverse("numbers:sharing", args=[chat.session_id])

    pages = [browser_of(user).get(url(chat)) for user in (chat.session.user, viewer)]

    assert [link in page.content.decode() for page in pages] == [True, False]


def test_chat_of_another_number_is_not_there(chat: WahaChat) -> None:
    assert browser_of(make_user()).get(url(chat)).status_code == 404


def test_page_costs_the_same_however_many_people(chat: WahaChat, assert_same_queries: Any) -> None:
    client = browser_of(chat.session.user)

    def grow(people: int) -> None:
        for _ in range(people):
            sharing.share(session=chat.session, user=make_user(), level=Level.VIEW, by=None)

    assert_same_queries(lambda: client.get(url(chat)), grow, many=10, at_most=11)
