"""The page of a number's labels of WhatsApp Business."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import AuthedRequest
from mercury.ui import faces, phones
from waha.forms import LabelForm
from waha.gateway.label_colors import COLORS
from waha.models import Level, WahaLabel, WahaSession
from waha.models.sharing import levels
from waha.numbers import scope
from waha.outbound import labels
from waha.outbound.refusals import MessageRefused

MOST = 200
# In words for who does not tell them apart, by WhatsApp's numbers.
COLOR_NAMES: tuple[Promise, ...] = (
    gettext_lazy("Coral"), gettext_lazy("Sky blue"), gettext_lazy("Yellow"),
    gettext_lazy("Lilac"), gettext_lazy("Blue grey"), gettext_lazy("Turquoise"),
    gettext_lazy("Pink"), gettext_lazy("Ochre"), gettext_lazy("Indigo"), gettext_lazy("Lime"),
    gettext_lazy("Cyan"), gettext_lazy("Rose"), gettext_lazy("Sage"), gettext_lazy("Red"),
    gettext_lazy("Blue"), gettext_lazy("Green"), gettext_lazy("Orange"),
    gettext_lazy("Pale blue"), gettext_lazy("Lavender"), gettext_lazy("Violet"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A label with its chip; `color` is WhatsApp's number, None for one of its own making.

    Who sees phones masked would send the mask: `is_masked` names are not theirs to change.
    """

    pk: int
    name: str
    hue: int | None
    color: int | None
    color_name: str
    chats: int
    is_masked: bool
    refused: str = ""


@require_http_methods(["GET", "POST"])
def label_list(request: AuthedRequest, pk: int) -> HttpResponse:
    """The labels of a number, and a new one."""
    if request.method != "POST":
        return _page(request, scope.visible(request.user, pk))
    session = scope.answering(request.user, pk)
    name, color = LabelForm(request.POST).read()
    try:
        labels.create(session=session, name=name, color=color or 0, by=request.user)
    except MessageRefused as refusal:
        return _page(request, session, refused=str(refusal))
    messages.success(request, _("The label is made."))
    return redirect("numbers:labels", pk)


@require_POST
def label_change(request: AuthedRequest, pk: int, label: int) -> HttpResponse:
    """Give a label another name or colour."""
    session = scope.answering(request.user, pk)
    name, color = LabelForm(request.POST).read()
    return _do(
        request, session, label, _("The label is changed, on the phone too."),
        lambda found: labels.change(label=found, name=name, color=color, by=request.user),
    )  # fmt: skip


@require_POST
def label_delete(request: AuthedRequest, pk: int, label: int) -> HttpResponse:
    """Delete a label from the number and all its chats."""
    session = scope.managed(request.user, pk)
    return _do(
        request, session, label, _("The label is deleted, on the phone too."),
        lambda found: labels.delete(label=found, by=request.user),
    )  # fmt: skip


def _do(
    request: AuthedRequest,
    session: WahaSession,
    pk: int,
    done: str,
    act: Callable[[WahaLabel], None],
) -> HttpResponse:
    """Do it and say so, or show the page with what is wrong at the label it is about."""
    known = WahaLabel.objects.visible_to(request.user).exclude(name="")
    label = get_object_or_404(known.select_related("session__server"), session=session, pk=pk)
    try:
        act(label)
    except MessageRefused as refusal:
        return _page(request, session, refused=str(refusal), at=pk)
    messages.success(request, done)
    return redirect("numbers:labels", session.pk)


def _page(
    request: AuthedRequest, session: WahaSession, *, refused: str = "", at: int = 0
) -> HttpResponse:
    level = levels(request.user)[session.pk]
    rows = [_row(each, refused if each.pk == at else "") for each in _read(request, session)]
    is_shown = any(row.refused for row in rows)
    context = {
        "number": session,
        "rows": rows,
        "colors": list(enumerate(COLOR_NAMES)),
        "may_change": level >= Level.REPLY,
        "may_delete": level >= Level.MANAGE,
        "refused": "" if is_shown else refused,
        "typed": request.POST.get("name", "") if refused else "",
        "is_new": bool(refused) and not at,
    }
    return render(request, "waha/numbers/labels.html", context)


def _read(request: AuthedRequest, session: WahaSession) -> list[WahaLabel]:
    """The labels of a number with how many chats have each; 1 query."""
    rows = WahaLabel.objects.visible_to(request.user).standing().filter(session=session)
    counted = rows.annotate(chats=Count("chat_labels", filter=Q(chat_labels__is_set=True)))
    return list(counted.order_by("name", "pk")[:MOST])


def _row(label: WahaLabel, refused: str) -> Row:
    known = label.color in COLORS
    color = COLORS.index(label.color) if known else None
    name = phones.name(label.name)
    return Row(
        pk=label.pk,
        name=name,
        is_masked=name != label.name,
        hue=faces.nearest_hue(label.color),
        color=color,
        color_name=str(COLOR_NAMES[color]) if color is not None else "",
        chats=int(getattr(label, "chats", 0)),
        refused=refused,
    )
