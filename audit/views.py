"""The page of the audit log, and its export."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from audit import pages
from audit.filters import FilterForm
from audit.models import AuditLog


@require_GET
def audit_list(request: HttpRequest) -> HttpResponse:
    """Who did what, newest first; htmx gets the next page of rows."""
    _check(request)
    form = FilterForm(request.GET)
    entries = form.narrow(AuditLog.objects.visible_to(request.user))
    page = pages.page(entries, request.user, before=request.GET.get("before", ""))
    context = {"form": form, "page": page, "chosen": form.chosen, "query": _query(form)}
    fragment, whole = "audit/_entries.html", "audit/list.html"
    return render(request, fragment if _wants_rows(request) else whole, context)


@require_POST
def audit_export(request: HttpRequest) -> HttpResponseBase:
    """What is filtered as a CSV file; on record with its filters and number of entries."""
    _check(request)
    form = FilterForm(request.POST)
    entries = form.narrow(AuditLog.objects.visible_to(request.user))
    chosen = {name: str(value) for name, value in form.chosen.items()}
    try:
        rows = pages.export(entries, request.user, chosen)
    except pages.ExportRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse('audit:list')}?{_query(form)}")
    name = f"audit-{timezone.now():%Y%m%d-%H%M}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8", headers=headers)


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm("audit.view_auditlog"):
        raise PermissionDenied(_("You may not read the audit log. Ask an administrator."))


def _wants_rows(request: HttpRequest) -> bool:
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and "before" in request.GET


def _query(form: FilterForm) -> str:
    """The filters as an address carries them."""
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in form.data.items() if name in form.fields})
    return query.urlencode()
