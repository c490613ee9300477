"""Mass assignment, form by form: every form of the product is walked, and every admin page."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.db.models import ForeignKey, Model
from django.forms.forms import BaseForm
from django.forms.models import BaseModelForm
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse

from accounts.models import Role, User
from crm.models import Contact
from tests.access.test_forms import changed, columns, everything, signed_in
from tests.factories import (
    make_contact,
    make_role,
    make_server,
    make_session,
    make_user,
)
from tests.house.tree import APPS
from waha.models import WahaServer, WahaSession

pytestmark = pytest.mark.django_db

# Columns that decide who somebody is, whose a row is, or what state it is in. Foreign keys to
# these models are such columns too.
GUARDED = {
    "is_active", "is_staff", "is_superuser", "password", "remember_token", "access_version",
    "email_verified_at", "guard_name", "codename", "status", "state", "permissions",
    "groups", "user_permissions", "scan_state", "from_me", "secret", "uuid", "path",
}  # fmt: skip
GUARDED_MODELS = {
    "accounts.User", "auth.Group", "auth.Permission", "waha.WahaSession", "waha.WahaChat",
    "waha.WahaServer", "contenttypes.ContentType",
}  # fmt: skip
# Forms that hold one of them, because that is what they are for: only pages of the
# administration, whose own tests say who may post them and what is refused.
TRUSTED = {
    "admin accounts.User": {"email"},
    "admin accounts.Role": {"guard_name"},
    "admin waha.WahaSession": {"user"},
    "admin waha.WahaHold": {"chat"},
    "accounts.forms.UserAddForm": {"email"},
    "accounts.forms.UserForm": {"email", "is_active", "is_staff", "is_superuser", "password"},
    "accounts.forms.RoleForm": {"guard_name"},
    "waha.forms.SessionForm": {"user"},
    "waha.forms.UserGrantForm": {"user"},
    "waha.forms.RoleGrantForm": {"group"},
    "inline accounts.ModelHasRole": {"group"},
    "inline accounts.ModelHasPermission": {"permission"},
    "inline waha.UserWaha": {"user"},
    "inline waha.RoleWaha": {"group"},
}


def subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


def own_forms() -> dict[str, type[Any]]:
    """Every form class of ours: the URLs have loaded each module that has one."""
    assert get_resolver().url_patterns
    return {
        f"{each.__module__}.{each.__qualname__}": each
        for each in subclasses(BaseForm)
        if each.__module__.split(".")[0] in APPS and each is not forms.Form
    }


def guarded_in(model: type[Model], names: set[str]) -> set[str]:
    """Which of these fields are guarded columns of the model."""
    found = set()
    for field in [*model._meta.concrete_fields, *model._meta.many_to_many]:
        points_at = field.related_model._meta.label if isinstance(field, ForeignKey) else ""
        guarded = field.name in GUARDED or points_at in GUARDED_MODELS
        if field.name in names and (guarded or (model is User and field.name == "email")):
            found.add(field.name)
    return found


def owner_request() -> Any:
    request = RequestFactory().get("/")
    request.user = make_user(role="Owner", is_staff=True)
    return request


def held() -> Iterator[tuple[str, set[str]]]:
    """Every form with the guarded columns it would write."""
    form: Any
    for name, form in own_forms().items():
        if issubclass(form, BaseModelForm) and form._meta.model is not None:
            yield name, guarded_in(form._meta.model, set(form.base_fields))
    request = owner_request()
    for model, page in admin.site._registry.items():
        if not (page.has_add_permission(request) or page.has_change_permission(request)):
            continue
        form = page.get_form(request, obj=None)
        fixed = set(page.get_readonly_fields(request))
        label = f"admin {model._meta.label}"
        yield label, guarded_in(model, set(form.base_fields) - fixed)
        for inline in page.get_inline_instances(request):
            formset: Any = inline.get_formset(request)
            names = guarded_in(inline.model, set(formset.form.base_fields))
            yield f"inline {inline.model._meta.label}", names - {formset.fk.name}


def test_no_form_holds_a_guarded_column_unless_it_is_for_that() -> None:
    found = [(name, sorted(names - TRUSTED.get(name, set()))) for name, names in held()]

    assert len(found) >= 15
    assert [each for each in found if each[1]] == []


def test_every_form_names_its_fields() -> None:
    """`__all__` gives away whatever column a model gets next."""
    careless = [
        name
        for name, form in own_forms().items()
        if issubclass(form, BaseModelForm) and form._meta.fields == "__all__"
    ]

    assert careless == []


def row_of(model: Any) -> Any:
    """A row of a model that the administration changes."""
    made: dict[Any, Callable[[], Any]] = {
        User: lambda: make_user(role="Agent"),
        Role: lambda: make_role("Viewer"),
        Contact: lambda: make_contact(name="Kim", phone="+447700900111"),
        WahaServer: make_server,
        WahaSession: make_session,
    }
    return made.get(model, lambda: model._default_manager.create(name="Somebody"))()


def shown(client: Client, url: str) -> tuple[set[str], dict[str, Any]]:
    """The names of a page's fields, and what a browser sends back when nobody changed a thing."""
    context = client.get(url).context
    found = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        found += [inline.formset.management_form, *inline.formset.forms]
    fields = [bound for form in found for bound in form]
    sent = {each.html_name: each.value() for each in fields}
    # Boxes that are not ticked are not sent.
    return set(sent), {
        name: value for name, value in sent.items() if value is not None and value is not False
    }


@pytest.mark.slow
@pytest.mark.parametrize("role", ["Owner", "Admin"])
def test_admin_pages_take_nothing_beside_their_fields(role: str) -> None:
    make_role("Agent")
    stranger, by = make_user(), make_user(role=role, is_staff=True)
    tried, client = everything(stranger, make_session(owner=stranger)), signed_in(by)
    request = RequestFactory().get("/")
    request.user = by
    taken, posted = {}, set()

    for model, page in admin.site._registry.items():
        if not page.has_change_permission(request):
            continue
        row = row_of(model)
        url = reverse(
            f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk]
        )
        names, own = shown(client, url)
        before, beside = columns(row), {k: v for k, v in tried.items() if k not in names}
        response = client.post(url, beside | own)
        posted.add(model)
        if response.status_code != 302 or changed(before, columns(row)):
            errors = response.context and response.context["errors"]
            taken[model._meta.label] = changed(before, columns(row)), errors

    assert taken == {}
    assert len(posted) >= {"Owner": 6, "Admin": 4}[role]


def test_who_takes_an_invitation_becomes_nobody_else(mailoutbox: list[Any]) -> None:
    """The one form that guests fill in beside signing in."""
    stranger, number = make_user(), make_session()
    client = signed_in(make_user(role="Admin"))
    client.post(reverse("accounts:people"), {"name": "Nora", "email": "nora@example.com"})
    nora = User.objects.get(email="nora@example.com")
    before = columns(nora)
    link = next(word for word in mailoutbox[0].body.split() if word.startswith("http://"))

    response = Client().post(
        link.removeprefix("http://testserver"),
        everything(stranger, number) | {"name": "Nora", "password": "correct horse battery"},
    )

    assert response.status_code == 302
    assert changed(before, columns(nora)) == {"password", "remember_token", "email_verified_at"}
    assert (nora.groups.count(), nora.user_permissions.count()) == (0, 0)


@pytest.mark.parametrize("level", ["", "9", "manage"])
def test_sharing_takes_no_level_that_is_not_there(level: str) -> None:
    owner, other = make_user(), make_user()
    number: WahaSession = make_session(owner=owner)
    tried = everything(other, number) | {"whom": f"user-{other.pk}", "level": level}

    response = signed_in(owner).post(reverse("numbers:sharing", args=[number.pk]), tried)

    assert response.status_code == 200
    assert number.level_of(User.objects.get(pk=other.pk)) is None
