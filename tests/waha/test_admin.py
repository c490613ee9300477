from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditLog
from tests.factories import (
    make_chat,
    make_company,
    make_message,
    make_role,
    make_server,
    make_session,
    make_user,
    share,
)
from waha.models import (
    EventState,
    Level,
    RoleWaha,
    WahaEvent,
    WahaOutbox,
    WahaServer,
    WahaSession,
)
from waha.models.sharing import forget

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def staff(role: str) -> User:
    return make_user(role=role, is_staff=True)


def session_form(session: WahaSession, **changes: Any) -> dict[str, Any]:
    """The number's page sent back unchanged but for `changes`."""
    data: dict[str, Any] = {
        "title": session.title,
        "user": session.user_id,
        "company": "",
        "seen_policy": session.seen_policy,
    }
    grants = list(session.user_grants.select_related("permission"))  # type: ignore[attr-defined]
    for number, grant in enumerate(grants):
        level = session.level_of(grant.user)
        data |= {
            f"user_grants-{number}-id": grant.pk,
            f"user_grants-{number}-user": grant.user_id,
            f"user_grants-{number}-level": int(level or Level.VIEW),
        }
    data |= {"user_grants-TOTAL_FORMS": len(grants), "user_grants-INITIAL_FORMS": len(grants)}
    data |= {"role_grants-TOTAL_FORMS": 0, "role_grants-INITIAL_FORMS": 0}
    return data | changes


def save(client: Client, session: WahaSession, **changes: Any) -> None:
    url = reverse("admin:waha_wahasession_change", args=[session.pk])
    response = client.post(url, session_form(session, **changes))
    assert response.status_code == 302, response.context["errors"]


def level(session: WahaSession, user: User) -> Level | None:
    forget(user)
    return session.level_of(user)


def add_event(session: WahaSession, **values: Any) -> WahaEvent:
    return WahaEvent.objects.create(
        session=session,
        event="message.any",
        envelope_id=f"evt_{WahaEvent.objects.count()}",
        body=b'{"body": "a customer\'s words"}',
        **values,
    )


def test_number_is_shared_through_its_page() -> None:
    admin, session, friend = staff("Admin"), make_session(), make_user()

    save(
        signed_in(admin),
        session,
        **{
            "user_grants-TOTAL_FORMS": 2,
            "user_grants-1-user": friend.pk,
            "user_grants-1-level": int(Level.REPLY),
        },
    )

    assert level(session, friend) == Level.REPLY
    assert User.objects.get(pk=friend.pk).access_version == 2
    entry = AuditLog.objects.filter(event="session.shared").latest("pk")
    assert entry.actor_id == admin.pk


def test_level_is_changed_and_taken_through_the_page() -> None:
    session, friend = make_session(), make_user()
    share(session, friend, Level.VIEW)
    client = signed_in(staff("Admin"))

    save(client, session, **{"user_grants-1-level": int(Level.MANAGE)})
    raised = level(session, friend)
    save(client, session, **{"user_grants-1-DELETE": "on"})

    assert raised == Level.MANAGE
    assert level(session, friend) is None


def test_number_is_shared_with_a_role() -> None:
    session = make_session()
    role = make_role("Agent")

    save(
        signed_in(staff("Admin")),
        session,
        **{
            "role_grants-TOTAL_FORMS": 1,
            "role_grants-0-group": role.group_id,
            "role_grants-0-level": int(Level.VIEW),
        },
    )

    assert RoleWaha.objects.get(content_object=session).group_id == role.group_id


def test_owner_cannot_be_taken_off_and_the_page_says_why() -> None:
    session = make_session()
    client = signed_in(staff("Admin"))
    url = reverse("admin:waha_wahasession_change", args=[session.pk])

    page = client.post(
        url, session_form(session, **{"user_grants-0-DELETE": "on"}), follow=True
    ).content.decode()

    assert "owns this number. Hand it over to somebody else first." in page
    assert level(session, session.user) == Level.MANAGE


def test_new_owner_gets_the_number_handed_over() -> None:
    session, heir = make_session(), make_user()
    former = session.user

    save(signed_in(staff("Admin")), session, user=heir.pk)

    session.refresh_from_db()
    assert session.user == heir
    assert level(session, heir) == Level.MANAGE
    assert AuditLog.objects.filter(event="session.handed_over").count() == 1
    assert former != heir


def test_a_number_gets_no_company_one_does_not_see(monkeypatch: pytest.MonkeyPatch) -> None:
    session, company = make_session(), make_company()
    monkeypatch.setattr("crm.visibility.sees_all", lambda user: False)
    client = signed_in(staff("Admin"))
    url = reverse("admin:waha_wahasession_change", args=[session.pk])

    response = client.post(url, session_form(session, company=company.pk))

    session.refresh_from_db()
    assert (response.status_code, session.company_id) == (200, None)


@pytest.mark.parametrize(("role", "status"), [("Admin", 200), ("Manager", 403)])
def test_numbers_are_listed_for_who_may_see_all(role: str, status: int) -> None:
    url = reverse("admin:waha_wahasession_changelist")

    assert signed_in(staff(role)).get(url).status_code == status


def test_server_keeps_its_key_and_never_shows_it() -> None:
    server = make_server()
    client = signed_in(staff("Owner"))
    url = reverse("admin:waha_wahaserver_change", args=[server.pk])
    values = {"name": server.name, "url": server.url}

    client.post(url, values | {"api_key": "very-secret-key"})
    client.post(url, values | {"api_key": ""})

    assert WahaServer.objects.get(pk=server.pk).api_key == "very-secret-key"
    assert "very-secret-key" not in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("url", "key", "status"),
    [
        ("https://waha.example.com/below", "", 302),
        ("https://elsewhere.example.com", "", 200),
        ("http://waha.example.com", "", 200),
        ("https://waha.example.com:8443", "", 200),
        ("https://elsewhere.example.com", "another-key", 302),
    ],
)
def test_a_kept_key_goes_to_no_other_address(url: str, key: str, status: int) -> None:
    server = make_server(url="https://waha.example.com")
    client = signed_in(staff("Owner"))
    page = reverse("admin:waha_wahaserver_change", args=[server.pk])
    client.post(page, {"name": server.name, "url": server.url, "api_key": "very-secret-key"})

    response = client.post(page, {"name": server.name, "url": url, "api_key": key})

    server.refresh_from_db()
    assert response.status_code == status
    assert server.url == (url if status == 302 else "https://waha.example.com")


def test_journal_shows_dead_events_of_own_numbers_without_bodies() -> None:
    manager, session = staff("Manager"), make_session()
    share(session, manager)
    add_event(session, state=EventState.DEAD, last_error="No chat in it.")
    add_event(make_session(), state=EventState.DEAD, last_error="Of somebody else.")
    client = signed_in(manager)

    page = client.get(reverse("admin:waha_wahaevent_changelist")).content.decode()
    event = WahaEvent.objects.get(session=session)
    detail = client.get(reverse("admin:waha_wahaevent_change", args=[event.pk]))

    assert "No chat in it." in page
    assert "Of somebody else." not in page
    assert "words" not in detail.content.decode()


def test_dead_event_is_replayed_from_the_list(hints: list[str]) -> None:
    manager, session = staff("Manager"), make_session()
    share(session, manager)
    event = add_event(session, state=EventState.DEAD, attempts=5)

    signed_in(manager).post(
        reverse("admin:waha_wahaevent_changelist"),
        {"action": "replay", "_selected_action": [event.pk]},
    )

    event.refresh_from_db()
    assert (event.state, event.attempts) == (EventState.NEW, 0)


@pytest.mark.parametrize("name", ["wahaevent", "wahaoutbox"])
def test_lists_cost_the_same_however_many_rows(name: str, assert_same_queries: Any) -> None:
    manager, chat = staff("Manager"), make_chat()
    share(chat.session, manager)
    client = signed_in(manager)

    def grow(number: int) -> None:
        for _ in range(number):
            message = make_message(chat)
            add_event(chat.session)
            WahaOutbox.objects.create(
                session=chat.session,
                chat=chat,
                message=message,
                message_created_at=timezone.now(),
                client_token=f"token-{message.pk}",
            )

    assert_same_queries(
        lambda: client.get(reverse(f"admin:waha_{name}_changelist")), grow, at_most=12
    )


@pytest.mark.parametrize(
    "name",
    [
        "audit_auditlog",
        "audit_errorlog",
        "attachments_attachmenttype",
        "crm_company",
        "crm_contact",
        "accounts_role",
        "waha_wahaserver",
    ],
)
def test_every_list_opens_for_the_owner_and_not_for_an_agent(name: str) -> None:
    url = reverse(f"admin:{name}_changelist")

    for_owner = signed_in(staff("Owner")).get(url).status_code
    for_outsider = signed_in(make_user(is_staff=True)).get(url).status_code

    assert (for_owner, for_outsider) == (200, 403)


def test_audit_entries_can_be_read_and_not_changed() -> None:
    root = make_user(is_staff=True, is_superuser=True)
    session = make_session()
    entry = AuditLog.objects.filter(object_id=session.pk).latest("pk")
    client = signed_in(root)
    url = reverse("admin:audit_auditlog_change", args=[entry.pk])

    page = client.get(url)

    assert entry.event in page.content.decode()
    assert client.post(url, {"event": "rewritten"}).status_code == 403
    assert client.post(url.replace("change", "delete"), {"post": "yes"}).status_code == 403
