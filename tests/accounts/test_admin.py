from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts import addresses
from accounts.models import ModelHasRole, Permission, Role, SignIn, User
from accounts.permissions import Can
from audit.models import AuditLog
from tests.factories import make_role, make_session, make_user

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def staff(role: str, **fields: Any) -> User:
    return make_user(role=role, is_staff=True, **fields)


def user_url(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def form_of(client: Client, url: str) -> dict[str, Any]:
    """What a browser would send back unchanged."""
    context = client.get(url).context
    data: dict[str, Any] = {}
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False:
                data[bound.html_name] = value
    return data


@pytest.mark.parametrize(
    ("role", "status"), [("Owner", 200), ("Admin", 200), ("Manager", 200), ("Agent", 403)]
)
def test_users_are_listed_for_who_may_see_them(role: str, status: int) -> None:
    client = signed_in(staff(role))

    assert client.get(reverse("admin:accounts_user_changelist")).status_code == status


def test_users_list_costs_the_same_however_many(assert_same_queries: Any) -> None:
    client = signed_in(staff("Owner"))

    def grow(number: int) -> None:
        for _ in range(number):
            make_user(role="Agent")

    assert_same_queries(
        lambda: client.get(reverse("admin:accounts_user_changelist")), grow, at_most=14
    )


def test_role_given_raises_the_version_and_is_on_record() -> None:
    admin, user = staff("Admin"), make_user()
    client = signed_in(admin)
    agent = make_role("Agent")
    data = form_of(client, user_url(user))
    data |= {"modelhasrole_set-TOTAL_FORMS": 1, "modelhasrole_set-0-group": agent.group_id}

    response = client.post(user_url(user), data)

    assert response.status_code == 302
    user = User.objects.get(pk=user.pk)
    assert [group.role for group in user.groups.all()] == [agent]
    assert user.access_version == 2
    entry = AuditLog.objects.get(event="user.grants")
    assert entry.new_values == {"given": ["web:Agent"]}
    assert entry.actor_id == admin.pk


def test_role_that_holds_more_than_the_giver_cannot_be_given() -> None:
    client, user = signed_in(staff("Admin")), make_user()
    data = form_of(client, user_url(user))
    owner = make_role("Owner").group_id
    data |= {"modelhasrole_set-TOTAL_FORMS": 1, "modelhasrole_set-0-group": owner}

    client.post(user_url(user), data)

    assert not ModelHasRole.objects.filter(user=user).exists()


def test_own_roles_cannot_be_changed() -> None:
    admin = staff("Admin")
    client = signed_in(admin)
    manager = make_role("Manager").group_id
    data = form_of(client, user_url(admin))
    data |= {"modelhasrole_set-TOTAL_FORMS": 2, "modelhasrole_set-1-group": manager}

    client.post(user_url(admin), data)

    roles = ModelHasRole.objects.filter(user=admin).values_list("group__role__name", flat=True)
    assert list(roles) == ["Admin"]


@pytest.mark.parametrize("page", ["change", "password"])
def test_somebody_who_may_do_more_cannot_be_changed(page: str) -> None:
    owner = staff("Owner")
    client = signed_in(staff("Admin"))
    url = user_url(owner)
    before = owner.password

    if page == "change":
        client.post(url, {"name": "Taken over", "email": "mine@example.com"})
    else:
        new = {"password1": "a long new password", "password2": "a long new password"}
        client.post(url.replace("change/", "password/"), new)

    owner.refresh_from_db()
    assert owner.password == before
    assert owner.email != "mine@example.com"


def test_superuser_flag_is_for_superusers_to_set() -> None:
    client, user = signed_in(staff("Owner")), make_user()
    data = form_of(client, user_url(user)) | {"is_superuser": "on"}

    client.post(user_url(user), data)

    user.refresh_from_db()
    assert not user.is_superuser


def test_deactivating_signs_out_everywhere() -> None:
    client, user = signed_in(staff("Owner")), make_user()
    token, data = user.remember_token, form_of(client, user_url(user))
    data.pop("is_active")

    client.post(user_url(user), data)

    user.refresh_from_db()
    assert not user.is_active
    assert user.remember_token != token
    assert user.access_version == 2


def test_deactivating_an_owner_of_numbers_is_refused_with_their_names() -> None:
    client, session = signed_in(staff("Owner")), make_session(title="Sales · Berlin")
    data = form_of(client, user_url(session.user))
    data.pop("is_active")

    page = client.post(user_url(session.user), data).content.decode()

    assert "Hand over these numbers to somebody else first: Sales · Berlin." in page
    assert User.objects.get(pk=session.user_id).is_active


def test_user_added_by_email_and_name() -> None:
    client = signed_in(staff("Admin"))
    data = {"name": "New Person", "email": "New@Example.com", "usable_password": "false"}

    client.post(reverse("admin:accounts_user_add"), data)

    user = User.objects.get(email="new@example.com")
    assert not user.has_usable_password()
    assert AuditLog.objects.filter(event="user.added", object_id=user.pk).exists()


def test_role_grid_sets_permissions_and_tells_its_people() -> None:
    client, agent = signed_in(staff("Owner")), make_user(role="Agent")
    role = make_role("Agent")
    url = reverse("admin:accounts_role_change", args=[role.pk])
    wanted = Permission.objects.get(name=Can.VIEW_AUDIT)

    client.post(url, {"name": "Agent", "guard_name": "web", "granted": [wanted.pk]})

    assert [each.codename for each in role.group.permissions.all()] == ["view_auditlog"]
    assert User.objects.get(pk=agent.pk).access_version == 2
    assert AuditLog.objects.get(event="role.permissions").new_values == {
        "permissions": [Can.VIEW_AUDIT]
    }


def test_role_with_people_is_not_deleted() -> None:
    make_user(role="Viewer")
    role = make_role("Viewer")

    response = signed_in(staff("Owner")).post(
        reverse("admin:accounts_role_delete", args=[role.pk]), {"post": "yes"}
    )

    assert response.status_code == 403
    assert Role.objects.filter(pk=role.pk).exists()


def test_role_without_people_goes_with_its_group() -> None:
    role = make_role("Interns")

    signed_in(staff("Owner")).post(
        reverse("admin:accounts_role_delete", args=[role.pk]), {"post": "yes"}
    )

    assert not Role.objects.filter(name="Interns").exists()
    assert not type(role.group).objects.filter(name="web:Interns").exists()


def test_changing_the_email_takes_the_old_one_from_signing_in() -> None:
    olga = make_user(email="olga@example.com", password="correct horse battery")
    addresses.keep_in_step(olga)

    olga.email = "olga@new.example"
    olga.save()
    addresses.keep_in_step(olga)

    kept = EmailAddress.objects.filter(user=olga).values_list("email", "verified")
    assert list(kept) == [("olga@new.example", True)]


def test_sign_in_attempts_are_shown_and_never_changed(client: Client) -> None:
    client.force_login(make_user(role="Admin", is_staff=True))
    row = SignIn.objects.create(kind="failure", method="password", ip_address="203.0.113.5")

    page = client.get("/admin/accounts/signin/").content.decode()
    one = client.get(f"/admin/accounts/signin/{row.pk}/change/").content.decode()

    assert "203.0.113.5" in page
    assert 'name="_save"' not in one


def test_invite_again_is_an_action_of_the_admin(client: Client, mailoutbox: list[Any]) -> None:
    client.force_login(make_user(role="Admin", is_staff=True))
    waiting, here = make_user(), make_user(password="correct horse battery")

    client.post(
        "/admin/accounts/user/",
        {"action": "invite_again", "_selected_action": [waiting.pk, here.pk]},
    )

    assert [mail.to for mail in mailoutbox] == [[waiting.email]]
