import re
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from accounts import invitations
from accounts.invitations import InvitationRefused
from accounts.models import User
from audit.models import AuditLog
from tests.factories import make_role, make_user

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def admin() -> User:
    return make_user(role="Admin")


@pytest.fixture
def pages(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def invite(pages: Client, email: str = "Nora@Example.com", **data: Any) -> Any:
    return pages.post(reverse("accounts:people"), {"email": email, "name": "Nora", **data})


def link_in(mail: Any) -> str:
    found = re.search(r"http://testserver(\S+)", mail.body)
    assert found
    return found.group(1)


def test_an_invitation_lets_somebody_in(pages: Client, mailoutbox: list[Any]) -> None:
    invite(pages)
    guest = Client()

    response = guest.post(link_in(mailoutbox[0]), {"name": "Nora N.", "password": PASSWORD})

    nora = User.objects.get(email="nora@example.com")
    assert (response.status_code, response.url) == (302, "/")
    assert (nora.name, nora.check_password(PASSWORD)) == ("Nora N.", True)
    assert nora.email_verified_at is not None
    assert guest.get(reverse("accounts:profile")).status_code == 200
    assert AuditLog.objects.filter(event="user.invitation_accepted", actor=nora).count() == 1


def test_an_invitation_gives_the_role_that_was_chosen(pages: Client, admin: User) -> None:
    invite(pages, role=make_role("Agent").pk)

    nora = User.objects.get(email="nora@example.com")
    assert [group.role.name for group in nora.groups.all()] == ["Agent"]


def test_an_invitation_gives_no_role_that_is_more_than_ones_own(pages: Client) -> None:
    response = invite(pages, role=make_role("Owner").pk)

    assert response.status_code == 200
    assert not User.objects.filter(email="nora@example.com").exists()


def test_an_invitation_works_once(pages: Client, mailoutbox: list[Any]) -> None:
    invite(pages)
    link = link_in(mailoutbox[0])
    Client().post(link, {"name": "Nora", "password": PASSWORD})

    again = Client().post(link, {"name": "Mallory", "password": "another pass phrase"})

    nora = User.objects.get(email="nora@example.com")
    assert again.status_code == 410
    assert (nora.name, nora.check_password(PASSWORD)) == ("Nora", True)


def test_a_fresh_invitation_ends_the_one_before(pages: Client, mailoutbox: list[Any]) -> None:
    invite(pages)
    nora = User.objects.get(email="nora@example.com")

    pages.post(reverse("accounts:invite-again", args=[nora.pk]))

    old, new = (Client().get(link_in(mail)).status_code for mail in mailoutbox)
    assert (old, new) == (410, 200)


def test_an_invitation_ends_after_a_week(
    pages: Client, mailoutbox: list[Any], settings: Any
) -> None:
    invite(pages)
    settings.INVITATION_DAYS = -1

    assert Client().get(link_in(mailoutbox[0])).status_code == 410


def test_an_invitation_to_somebody_deactivated_is_over(
    pages: Client, mailoutbox: list[Any]
) -> None:
    invite(pages)
    User.objects.filter(email="nora@example.com").update(is_active=False)

    assert Client().get(link_in(mailoutbox[0])).status_code == 410


def test_nobody_who_has_an_account_can_be_invited(pages: Client, mailoutbox: list[Any]) -> None:
    olga = make_user(email="olga@example.com", password=PASSWORD)

    response = invite(pages, "OLGA@example.com")

    olga.refresh_from_db()
    assert "There is already a user with this e-mail." in response.content.decode()
    assert (olga.check_password(PASSWORD), mailoutbox) == (True, [])


def test_nobody_who_has_an_account_can_be_taken_over_by_a_link(admin: User) -> None:
    olga = make_user(email="olga@example.com", password=PASSWORD)

    answer = Client().get(reverse("accounts:invitation", args=[invitations.token(olga)]))

    assert answer.status_code == 410
    with pytest.raises(InvitationRefused):
        invitations.renew(user=olga, by=admin)


def test_a_forged_link_is_over(db: None) -> None:
    forged = signing.dumps({"user": 1, "state": "x"}, salt="another.salt")

    assert Client().get(reverse("accounts:invitation", args=[forged])).status_code == 410


def test_a_weak_password_is_refused(pages: Client, mailoutbox: list[Any]) -> None:
    invite(pages)

    response = Client().post(link_in(mailoutbox[0]), {"name": "Nora", "password": "123456"})

    assert response.status_code == 200
    assert not User.objects.get(email="nora@example.com").has_usable_password()


def test_inviting_is_for_who_may_add_users(client: Client) -> None:
    client.force_login(make_user(role="Agent"))

    assert client.get(reverse("accounts:people")).status_code == 403
    assert invite(client).status_code == 403


def test_inviting_again_is_for_who_has_not_come(pages: Client) -> None:
    olga = make_user(password=PASSWORD)

    assert pages.post(reverse("accounts:invite-again", args=[olga.pk])).status_code == 404


def test_a_mail_that_cannot_be_sent_is_said(
    pages: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(invitations, "send_mail", refuse)

    page = pages.post(
        reverse("accounts:people"), {"email": "nora@example.com", "name": "Nora"}, follow=True
    )

    assert "The mail could not be sent." in page.content.decode()
    assert "nora@example.com" in page.content.decode()


def test_mails_in_files_are_shown_to_owners_alone(
    client: Client, settings: Any, tmp_path: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    owner, admin = make_user(role="Owner"), make_user(role="Admin")
    client.force_login(owner)
    invite(client)

    shown = client.get(reverse("accounts:outbox"))
    client.force_login(admin)
    hidden = client.get(reverse("accounts:outbox"))

    assert "/accounts/invitation/" in shown.content.decode()
    assert (shown.status_code, hidden.status_code) == (200, 404)


def test_mails_are_not_shown_where_a_mail_server_takes_them(client: Client) -> None:
    client.force_login(make_user(role="Owner"))

    assert client.get(reverse("accounts:outbox")).status_code == 404
