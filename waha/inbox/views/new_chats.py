"""Writing to somebody first."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.http import AuthedRequest, is_fragment
from waha.inbox import pages, people
from waha.inbox.filters import LONGEST_SEARCH, Filters
from waha.inbox.forms import NewChatForm
from waha.outbound import chats
from waha.outbound.refusals import ChatRefused


@require_http_methods(["GET", "POST"])
def chat_new(request: AuthedRequest) -> HttpResponse:
    """Pick a number, type or pick a phone; somebody not on WhatsApp is said to be so here.

    htmx gets the people that `?who=` finds.
    """
    if request.method == "GET":
        if is_fragment(request):
            return render(request, "waha/inbox/_people.html", _found(request))
        form = NewChatForm(initial=_asked(request), user=request.user)
        return _page(request, form)
    form = NewChatForm(request.POST, user=request.user)
    if form.is_valid():
        number, phone = form.cleaned_data["number"], form.cleaned_data["phone"]
        try:
            chat = chats.start_chat(session=number, phone_or_contact=phone, by=request.user)
            return redirect(chat)
        except ChatRefused as refusal:
            form.add_error("phone", str(refusal))
    return _page(request, form)


def _asked(request: AuthedRequest) -> dict[str, Any]:
    """What the address fills in: ?number=, and ?phone= or ?contact=."""
    phone, contact = request.GET.get("phone", ""), request.GET.get("contact", "")
    if not phone and contact.isascii() and contact.isdigit() and len(contact) < 19:
        phone = people.phone_of_contact(request.user, int(contact))
    return {"number": Filters.parse(request.GET).number, "phone": phone[:40]}


def _found(request: AuthedRequest) -> dict[str, Any]:
    who = request.GET.get("who", "").strip()[:LONGEST_SEARCH]
    asked_number = Filters.parse(request.GET).number
    return {"who": who, "people": people.find(request.user, who), "asked_number": asked_number}


def _page(request: AuthedRequest, form: NewChatForm) -> HttpResponse:
    context = pages.list_page(request.user, Filters.parse(request.GET)) | {"form": form}
    context |= _found(request)
    return render(request, "waha/inbox/chat_new.html", context)
