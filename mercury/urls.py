"""All addresses of the product."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from crm import urls as crm_urls

handler400 = "mercury.ui.errors.bad_request"
handler500 = "mercury.ui.errors.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="inbox:list"), name="home"),
    path("inbox/", include("waha.inbox.urls")),
    path("events/", include("waha.inbox.event_urls")),
    path("sessions/", include("waha.numbers.urls")),
    path("calls/", include("waha.numbers.call_urls")),
    path("contacts/", include(crm_urls.contacts)),
    path("companies/", include(crm_urls.companies)),
    path("instructors/", include(crm_urls.instructors)),
    path("audit/", include("audit.urls")),
    path("search/", include("waha.inbox.search_urls")),
    path("errors/", include("audit.error_urls")),
    path("files/", include("attachments.urls")),
    path("waha/webhook/", include("waha.inbound.urls")),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("ops/", include("mercury.ops.page_urls")),
    path("admin/", admin.site.urls),
    path("", include("mercury.ops.urls")),
]
