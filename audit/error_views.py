"""Pages of the error log."""

import re
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from audit import error_pages, error_store
from audit.models import ErrorLog


@require_GET
def error_list(request: HttpRequest) -> HttpResponse:
    """Errors by when they happened last; htmx gets the next page of rows."""
    _check(request)
    state = request.GET.get("state", "")
    state = state if state in error_pages.STATES else "open"
    number = request.GET.get("number", "").strip().lower()
    is_number = re.fullmatch(r"[0-9a-f]{8,64}", number) is not None
    page = error_pages.page(
        ErrorLog.objects.visible_to(request.user),
        state=state,
        number=number if is_number else "",
        before=request.GET.get("before", ""),
    )
    context = {"page": page, "state": state, "number": number, "is_number": is_number or not number}
    fragment, whole = "audit/_errors.html", "audit/errors.html"
    return render(request, fragment if _wants_rows(request) else whole, context)


@require_GET
def error_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One error: plain words first, the stack behind a fold."""
    return render(request, "audit/error.html", error_pages.detail(_visible(request, pk)))


@require_POST
def error_resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an error off the open ones until it happens again."""
    error_store.resolve(_visible(request, pk), by=_user(request))
    messages.success(request, _("Resolved. If it happens again, it is back here."))
    return redirect("errors:list")


@require_POST
def error_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a resolved error back."""
    error_store.reopen(_visible(request, pk), by=_user(request))
    return redirect("errors:detail", pk)


def _visible(request: HttpRequest, pk: int) -> ErrorLog:
    _check(request)
    rows = ErrorLog.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("resolved_by"), pk=pk)


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm("audit.view_errorlog"):
        raise PermissionDenied(_("You may not read the error log. Ask an administrator."))


def _user(request: HttpRequest) -> Any:
    return request.user


def _wants_rows(request: HttpRequest) -> bool:
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and "before" in request.GET
