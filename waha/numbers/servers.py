"""Pages of WAHA servers: how each is, how full it is, and whether it takes new numbers."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.http import AuthedRequest
from accounts.permissions import Can
from audit import log
from waha import servers
from waha.forms import ServerForm
from waha.models import SessionStatus, WahaServer
from waha.numbers.cards import is_silent

KEPT = Q(sessions__removed_at__isnull=True)


@require_GET
def server_list(request: AuthedRequest) -> HttpResponse:
    """Every WAHA server with its load; one query."""
    _require(request, Can.VIEW_SERVERS)
    rows = WahaServer.objects.visible_to(request.user).annotate(
        load=Count("sessions", filter=KEPT),
        working=Count("sessions", filter=KEPT & Q(sessions__status=SessionStatus.WORKING)),
    )
    context = {
        "servers": [(server, is_silent(server) or bool(server.last_error)) for server in rows],
        "may_add": request.user.has_perm(Can.ADD_SERVERS),
        "may_change": request.user.has_perm(Can.CHANGE_SERVERS),
    }
    return render(request, "waha/numbers/servers.html", context)


@require_http_methods(["GET", "POST"])
def server_add(request: AuthedRequest) -> HttpResponse:
    """Add a server; it is asked at once whether address and key are right."""
    _require(request, Can.ADD_SERVERS)
    form = ServerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        server = form.save()
        log.record("server.added", target=server, by=request.user, new={"url": server.url})
        return _say(request, server)
    return render(request, "waha/numbers/server_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
def server_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """Change a server: its address, key, limit, and whether it takes new numbers."""
    _require(request, Can.CHANGE_SERVERS)
    server = get_object_or_404(WahaServer.objects.visible_to(request.user), pk=pk)
    form = ServerForm(request.POST or None, instance=server)
    if request.method == "POST" and form.is_valid():
        form.save()
        changed = [name for name in form.changed_data if name != "api_key"]
        new = {name: form.cleaned_data[name] for name in changed}
        log.record("server.changed", target=server, by=request.user, new=new)
        return _say(request, server)
    return render(request, "waha/numbers/server_form.html", {"form": form, "server": server})


@require_POST
def server_check(request: AuthedRequest, pk: int) -> HttpResponse:
    """Ask a server whether it answers and takes our key."""
    _require(request, Can.VIEW_SERVERS)
    return _say(request, get_object_or_404(WahaServer.objects.visible_to(request.user), pk=pk))


def _say(request: AuthedRequest, server: WahaServer) -> HttpResponse:
    wrong = servers.check(server)
    if wrong:
        messages.error(request, _("%(name)s: %(wrong)s") % {"name": server, "wrong": wrong})
    else:
        messages.success(request, _("%(name)s answers and takes our key.") % {"name": server})
    return redirect("numbers:servers")


def _require(request: AuthedRequest, permission: Can) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied(_("WAHA servers are for administrators. Ask one of them."))
