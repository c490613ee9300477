"""Users, their roles and direct permissions, and roles with their grid of permissions."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as AuthPermission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import access, addresses, browsers, grants, invitations, sign_ins
from accounts.departure_admin import DepartureAdmin
from accounts.forms import GrantForm, RoleForm, UserAddForm, UserForm, topics
from accounts.models import (
    ModelHasPermission,
    ModelHasRole,
    Role,
    SignIn,
    User,
)
from accounts.permissions import Can
from audit import log
from audit.admin import AuditedAdmin, ReadOnlyAdmin

# A role is our page of Django's group; an address is changed on its user's page.
admin.site.unregister(Group)
admin.site.unregister(EmailAddress)
# allauth's page shows the secrets themselves, for whoever may look to keep.
admin.site.unregister(Authenticator)


class GrantInline(admin.TabularInline):  # type: ignore[type-arg]  # no [] at run time
    """Grants of one user; nobody changes their own. A grant is given or taken, never changed."""

    extra = 0
    form = GrantForm
    readonly_fields = ["named"]
    granted = ""

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [self.granted] if _may_grant(request, obj) else ["named"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(Can.VIEW_USERS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_grant(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_grant(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_grant(request, obj)


class RoleInline(GrantInline):
    model = ModelHasRole
    granted = "group"
    verbose_name = _("role")
    verbose_name_plural = _("roles")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("group__role")

    @admin.display(description=_("role"))
    def named(self, grant: ModelHasRole) -> str:
        return _role_name(grant.group)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "group":
            kwargs["queryset"] = grants.roles_to_give(_user(request))
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "group" and field is not None:
            field.label_from_instance = _role_name
        return field


class PermissionInline(GrantInline):
    model = ModelHasPermission
    granted = "permission"
    verbose_name = _("permission beside the roles")
    verbose_name_plural = _("permissions beside the roles")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("permission__catalogued")

    @admin.display(description=_("permission"))
    def named(self, grant: ModelHasPermission) -> str:
        return _permission_name(grant.permission)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "permission":
            kwargs["queryset"] = grants.permissions_to_give(_user(request))
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "permission" and field is not None:
            field.label_from_instance = _permission_name
        return field


@admin.register(User)
class UserAdmin(DepartureAdmin, AuditedAdmin, DjangoUserAdmin):  # type: ignore[type-arg]  # no [] at run time
    """People are deactivated; who is named by messages or the audit log is never deleted."""

    form = UserForm
    add_form = UserAddForm
    list_display = ["name", "email", "role_names", "is_active", "is_staff", "last_login"]
    # All roles, also those that nobody has: to leave them out Django reads every user.
    list_filter = ["is_active", "is_staff", ("groups__role", admin.RelatedFieldListFilter)]
    search_fields = ["name", "email"]
    ordering = ["name"]
    filter_horizontal = []
    readonly_fields = ["last_login", "email_verified_at", "created_at"]
    inlines = [RoleInline, PermissionInline]
    actions = ["invite_again"]
    fieldsets = [
        (None, {"fields": ["name", "email", "password", "encrypted_phone"]}),
        (_("Language and time"), {"fields": ["locale", "time_zone"]}),
        (_("Access"), {"fields": ["is_active", "is_staff", "is_superuser"]}),
        (_("History"), {"fields": ["last_login", "email_verified_at", "created_at"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["name", "email", "usable_password", "password1", "password2"]})
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups__role")

    @admin.display(description=_("roles"))
    def role_names(self, user: User) -> str:
        return ", ".join(sorted(_role_name(group) for group in user.groups.all()))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = list(super().get_readonly_fields(request, obj))
        if not _user(request).is_superuser:
            fixed.append("is_superuser")
        if obj is not None and obj.pk == request.user.pk:
            fixed += ["is_active", "is_staff", "is_superuser"]
        return fixed

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the phone out for who may not see phones."""
        found = super().get_fieldsets(request, obj)
        if obj is None or request.user.has_perm(Can.SEE_PHONES):
            return found
        return [
            (title, {**rows, "fields": [f for f in rows["fields"] if f != "encrypted_phone"]})
            for title, rows in found
        ]

    @admin.action(description=_("Invite again those who have not come"), permissions=["add"])
    def invite_again(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Send fresh links; who has an account already is left alone."""
        sent = 0
        for user in invitations.waiting().filter(pk__in=queryset.values("pk")):
            invitations.renew(user=user, by=_user(request))
            page = reverse("accounts:invitation", args=[invitations.token(user)])
            try:
                link = request.build_absolute_uri(page)
                invitations.send(user=user, link=link, by=_user(request))
                sent += 1
            except invitations.InvitationRefused as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
        words = ngettext("%(n)s invitation sent.", "%(n)s invitations sent.", sent)
        self.message_user(request, words % {"n": sent})

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is not None else []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or grants.may_change(_user(request), obj))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and {"is_active", "is_staff", "is_superuser"} & set(form.changed_data):
            if obj.is_active:
                access.raise_version([obj.pk])
            else:
                sign_ins.end_all(user=obj, by=_user(request))
        if change and "email" in form.changed_data:
            obj.email_verified_at = None
            obj.save(update_fields=["email_verified_at", "updated_at"])
            addresses.keep_in_step(obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        given = [_grant_name(grant) for grant in formset.new_objects]
        taken = [_grant_name(grant) for grant in formset.deleted_objects]
        if given or taken:
            access.raise_version([formset.instance.pk])
            log.record(
                "user.grants",
                target=formset.instance,
                by=_user(request),
                old={"taken": taken},
                new={"given": given},
            )


@admin.register(Role)
class RoleAdmin(AuditedAdmin):
    form = RoleForm
    list_display = ["name", "guard_name", "description", "people"]
    list_filter = ["guard_name"]
    search_fields = ["name"]
    fields = ["name", "guard_name", "description", "granted"]

    @admin.display(description=_("people"))
    def people(self, role: Role) -> int:
        return role.group.user_set.count()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Role]:
        return super().get_queryset(request).select_related("group")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type("RoleFormOfRequest", (form,), {"giver": request.user})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if self.has_change_permission(request, obj) or obj is None:
            return self.fields
        return ["name", "guard_name", "description", "allows"]

    @admin.display(description=_("what it allows"))
    def allows(self, role: Role) -> str:
        """The grid for who may only look."""
        held = set(role.group.permissions.values_list("pk", flat=True))
        lines = [(words,) for _topic, rows in topics() for pk, words in rows if int(pk) in held]
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", lines))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "allows"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None or obj.group.user_set.exists():
            return False
        return super().has_delete_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or grants.may_change_role(_user(request), obj))

    def save_model(self, request: HttpRequest, obj: Role, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "guard_name" in form.changed_data:
            access.raise_version_of_role(obj)
        wanted = AuthPermission.objects.filter(pk__in=form.cleaned_data["granted"])
        access.set_permissions(
            role=obj, permissions=wanted.select_related("content_type"), by=_user(request)
        )

    def delete_model(self, request: HttpRequest, obj: Role) -> None:
        obj.group.delete()  # takes the role with it


@admin.register(Authenticator)
class AuthenticatorAdmin(AuditedAdmin):
    """Second factors without their secrets; one that was lost is deleted here."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    search_fields = ["user__name", "user__email"]
    fields = ["user", "type", "created_at", "last_used_at"]
    ordering = ["-pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(SignIn)
class SignInAdmin(ReadOnlyAdmin):
    """Sign-ins and refusals, the newest first; addresses nobody has are kept as hashes only."""

    list_display = ["created_at", "user", "kind", "method", "ip_address", "browser"]
    list_filter = ["kind", "created_at"]
    search_fields = ["user__name", "user__email", "ip_address"]
    fields = ["created_at", "user", "kind", "method", "ip_address", "user_agent"]
    ordering = ["-created_at", "-pk"]

    @admin.display(description=_("browser"))
    def browser(self, row: SignIn) -> str:
        return browsers.name(row.user_agent)


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise TypeError("The admin is open to signed-in users only.")
    return request.user


def _may_grant(request: HttpRequest, user: User | None) -> bool:
    giver = _user(request)
    if not giver.has_perm(Can.CHANGE_USERS):
        return False
    return user is None or (user.pk != giver.pk and grants.may_change(giver, user))


def _role_name(group: Group) -> str:
    role: Role = group.role
    return role.label


def _permission_name(permission: Any) -> str:
    known = getattr(permission, "catalogued", None)
    return str(known.description if known else permission.name)


def _grant_name(grant: ModelHasRole | ModelHasPermission) -> str:
    return grant.group.name if isinstance(grant, ModelHasRole) else grant.permission.codename
