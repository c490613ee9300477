"""The administration's pages for somebody who leaves."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import departures, grants
from accounts.models import User

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    Base = ModelAdmin[User]
else:
    Base = object


class HeirForm(forms.Form):
    """Who takes over what somebody owned."""

    heir = forms.ModelChoiceField(
        label=gettext_lazy("Who takes over"),
        queryset=departures.heirs().none(),
        empty_label=gettext_lazy("Choose a person"),
    )

    def __init__(self, *args: Any, leaving: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        heir: Any = self.fields["heir"]
        heir.queryset = departures.heirs().exclude(pk=leaving.pk)


class DepartureAdmin(Base):
    """Deactivating by a page that asks who takes over; deleting only who left no trace."""

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view(self.deactivate_view)
        name = "accounts_user_deactivate"
        return [path("<int:pk>/deactivate/", view, name=name), *super().get_urls()]

    def deactivate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask who takes over, then deactivate."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        user = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, user) or user.pk == request.user.pk:
            raise PermissionDenied
        owned = departures.owned_by(user)
        form = HeirForm(request.POST or None, leaving=user) if owned else None
        if request.method == "POST" and (form is None or form.is_valid()):
            return self._deactivate(request, user, form.cleaned_data["heir"] if form else None)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Deactivate %(name)s") % {"name": user},
            "leaving": user,
            "owned": owned,
            "form": form,
            "opts": self.model._meta,
        }
        return TemplateResponse(request, "admin/accounts/user/deactivate.html", context)

    def _deactivate(self, request: HttpRequest, user: User, heir: User | None) -> HttpResponse:
        by = request.user if isinstance(request.user, User) else None
        try:
            departures.deactivate(user=user, by=by, heir=heir)
        except (departures.DepartureRefused, grants.GrantRefused) as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("%(name)s cannot sign in any more.") % {"name": user})
        return redirect("admin:accounts_user_change", user.pk)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Delete somebody whom nothing names; else say what does."""
        user = self.get_object(request, object_id)
        may = user is not None and self.has_delete_permission(request, user)
        if may and user is not None and (reason := departures.reason_to_keep(user)):
            messages.error(request, reason)
            return redirect(reverse("admin:accounts_user_change", args=[user.pk]))
        return super().delete_view(request, object_id, extra_context)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_self = obj is not None and obj.pk == request.user.pk
        return not is_self and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> Any:
        """Without deleting many at once: each is asked about alone."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions
