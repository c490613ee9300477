"""The search page, its box, and what one searched for lately."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.http import AuthedRequest, is_fragment
from waha.inbox.finding import page, recent
from waha.inbox.finding.asked import Asked


@require_GET
def search(request: AuthedRequest) -> HttpResponse:
    """Everything that is found; htmx gets the results alone."""
    asked = Asked.parse(request.GET)
    if is_fragment(request):
        fragment = "waha/search/_more.html" if asked.cursor else "waha/search/_results.html"
        response = render(request, fragment, page.results(request.user, asked))
        if not asked.cursor:
            response["HX-Replace-Url"] = f"{request.path}?{asked.address}"
    else:
        context = page.whole(request.user, asked, recent.read(request, request.user))
        response = render(request, "waha/search/search.html", context)
    recent.remember(response, request, request.user, asked.q)
    return response


@require_GET
def quick(request: AuthedRequest) -> HttpResponse:
    """The first of everything, for the box that Ctrl+K opens."""
    asked = Asked.parse(request.GET)
    context = page.quick(request.user, asked)
    context["recent"] = recent.read(request, request.user)
    return render(request, "waha/search/_quick.html", context)


@require_POST
def recent_clear(request: AuthedRequest) -> HttpResponse:
    """Forget what was searched for in this browser."""
    response = redirect("search:list")
    recent.forget(response)
    return response
