"""The admin site: the same sign-in as the product, and its own words."""

from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _


class MercuryAdminSite(AdminSite):
    """Admin pages for users, roles and numbers; people sign in where they always do."""

    site_header = _("Mercury CRM administration")
    site_title = _("Mercury CRM")
    index_title = _("Users, roles and numbers")

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Hand over to the product's sign-in, which limits attempts and knows second factors.

        Django's own form is never shown: whoever is signed in without being staff could try
        passwords of others in it as often as they like.
        """
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied(_("You may not open the administration. Ask an administrator."))
        target = request.GET.get("next", reverse("admin:index"))
        return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")

    def get_urls(self) -> list[Any]:
        """Django's addresses without `r/`, which tells all staff where any record is."""
        urls = super().get_urls()
        return [each for each in urls if getattr(each, "name", "") != "view_on_site"]
