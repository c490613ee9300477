"""What a request takes from its user: language, time zone, what they may read; and privacy."""

import contextvars
import zoneinfo
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts import phone_sight, second_factor
from mercury.ui import phones

if TYPE_CHECKING:
    from accounts.models import User


class LocaleOfUserMiddleware:
    """Shows words, dates and numbers in the user's language and time zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        if user.locale in dict(settings.LANGUAGES):
            translation.activate(user.locale)
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        with timezone.override(_zone(user.time_zone)):
            return self.get_response(request)


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name or settings.TIME_ZONE)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")


class PrivatePagesMiddleware:
    """Keeps signed-in pages out of every cache unless the view decided otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "Cache-Control" not in response and not request.path.startswith(settings.STATIC_URL):
            response["Cache-Control"] = "private, no-store"
        return response


class AdminSecondFactorMiddleware:
    """Lets nobody into the admin pages without a second factor where REQUIRE_ADMIN_MFA is set.

    Who has one is asked for it; who has none is sent to set one up.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.prefix = reverse("admin:index")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(self.prefix):
            return self.get_response(request)
        if not second_factor.is_missing_for_admin(request):
            return self.get_response(request)
        if second_factor.has_one(cast("User", request.user)):
            page = reverse("mfa_reauthenticate")
            return redirect(f"{page}?{urlencode({'next': request.get_full_path()})}")
        messages.warning(request, _("The administration asks for a second factor. Set one up."))
        return redirect("mfa_index")


class PhonesShownMiddleware:
    """Lets phone numbers be read in full only where the user may see them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with phones.shown_if(lambda: phone_sight.may_see(request.user)):
            response = self.get_response(request)
            if isinstance(response, StreamingHttpResponse) and not response.is_async:
                _stream_as_here(response)
            return response


def _stream_as_here(response: StreamingHttpResponse) -> None:
    """Let the body be made as the page was: it is read when every middleware has gone.

    Without this a file that is streamed shows phones to whom they are masked, and times in
    nobody's zone. A stored file is handed on as it is.
    """
    if isinstance(response, FileResponse):
        return
    here = contextvars.copy_context()
    content: Any = response.streaming_content
    chunks = iter(content)

    def body() -> Iterator[bytes]:
        end = object()
        while (chunk := here.run(next, chunks, end)) is not end:
            yield cast("bytes", chunk)

    response.streaming_content = body()
