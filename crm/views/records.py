"""Lists and pages of companies, contacts and instructors: one shape, three kinds."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.http import AuthedRequest, is_fragment
from crm import cards, lists, merges, records, scope, sections
from crm.forms import store
from crm.kinds import Kind
from crm.models import Record


@require_GET
def record_list(request: AuthedRequest, kind: Kind) -> HttpResponse:
    """The records one may see; htmx gets the list, or the next rows of it."""
    filters = lists.ListFilters.parse(request.GET)
    after = request.GET.get("after", "")
    page = lists.page(kind.model, request.user, filters, after)
    context = {
        "kind": kind,
        "filters": filters,
        "rows": cards.rows(page.rows),
        "last": page.last or "",
        "may_add": request.user.has_perm(kind.add),
    }
    template = "crm/list.html"
    if is_fragment(request):
        template = "crm/_rows.html" if after else "crm/_list.html"
    return render(request, template, context)


@require_GET
def record_detail(request: AuthedRequest, kind: Kind, pk: int) -> HttpResponse:
    """One record with the tab that `?tab=` asks for; htmx gets the tabs alone."""
    record = scope.visible(request.user, kind, pk)
    context = _tabs(request, kind, record)
    if is_fragment(request):
        return render(request, "crm/_tabs.html", context)
    context |= {
        "card": cards.card(record, request.user),
        "duplicates": merges.suggest(record, request.user) if context["may_change"] else [],
        "merges": merges.of(record) if context["may_change"] else [],
    }
    return render(request, "crm/detail.html", context)


@require_http_methods(["GET", "POST"])
def record_add(request: AuthedRequest, kind: Kind) -> HttpResponse:
    """Add a record."""
    scope.check_add(request.user, kind)
    form = kind.form(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid() and (record := store(form)):
        return redirect(record)
    return render(request, "crm/form.html", {"kind": kind, "form": form, "record": None})


@require_http_methods(["GET", "POST"])
def record_edit(request: AuthedRequest, kind: Kind, pk: int) -> HttpResponse:
    """Change a record."""
    record = scope.changeable(request.user, kind, pk)
    form = kind.form(request.POST or None, instance=record, user=request.user)
    if request.method == "POST" and form.is_valid() and store(form):
        messages.success(request, _("Saved."))
        return redirect(record)
    return render(request, "crm/form.html", {"kind": kind, "form": form, "record": record})


@require_POST
def record_archive(request: AuthedRequest, kind: Kind, pk: int) -> HttpResponse:
    """Take a record off the list; its page has the button that puts it back."""
    record = scope.changeable(request.user, kind, pk)
    records.archive(record, by=request.user)
    messages.success(request, _("Archived. It is off the lists, with everything on it kept."))
    return redirect(record)


@require_POST
def record_restore(request: AuthedRequest, kind: Kind, pk: int) -> HttpResponse:
    """Put a record back on the list."""
    record = scope.changeable(request.user, kind, pk)
    records.restore(record, by=request.user)
    return redirect(record)


@require_GET
def company_names(request: AuthedRequest) -> HttpResponse:
    """Names that begin with `?company_name=`, as options of a form's field."""
    names = cards.names_like(request.user, request.GET.get("company_name", ""))
    return render(request, "crm/_company_names.html", {"names": names})


def _tabs(request: AuthedRequest, kind: Kind, record: Record) -> dict[str, Any]:
    tab = sections.chosen(record, request.GET.get("tab", ""))
    return {
        "kind": kind,
        "record": record,
        "tabs": sections.of(record),
        "tab": tab,
        "may_change": request.user.has_perm(kind.change),
        **tab.read(request.user, record),
    }
