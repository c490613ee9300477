"""The page that says which company a number belongs to."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.http import AuthedRequest
from accounts.models import User
from audit import log
from crm import records
from crm.models import Company
from waha.models import WahaSession
from waha.numbers import scope


class CompanyForm(forms.Form):
    """The name of a company that is there; empty for none."""

    company_name = forms.CharField(
        label=gettext_lazy("Company"),
        max_length=255,
        required=False,
        help_text=gettext_lazy("Begin to write its name. Empty: the number belongs to no company."),
        widget=forms.TextInput(attrs={"list": "companies", "autocomplete": "off", "dir": "auto"}),
    )
    company: Company | None = None

    def __init__(
        self, *args: object, user: User, kept: Company | None = None, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they are
        self.user = user
        self.kept = kept
        self.initial["company_name"] = str(kept or "")

    def clean_company_name(self) -> str:
        name = str(self.cleaned_data["company_name"]).strip()
        if self.kept and name == str(self.kept):  # masked, if it is a phone
            self.company = self.kept
        elif name:
            self.company = records.company_named(name, by=self.user, may_add=False)
            if self.company is None:
                raise forms.ValidationError(
                    _("There is no company of this name. Add it under Companies first.")
                )
        return name


@require_http_methods(["GET", "POST"])
def number_company(request: AuthedRequest, pk: int) -> HttpResponse:
    """Whose number it is; for who manages it."""
    session = scope.managed(request.user, pk)
    named = Company.objects.visible_to(request.user).filter(numbers=session).first()
    sent = request.POST if request.method == "POST" else None
    form = CompanyForm(sent, user=request.user, kept=named)
    if form.is_valid():
        _set_company(session, form.company, by=request.user)
        messages.success(request, _("Saved."))
        return redirect("numbers:detail", pk)
    return render(request, "waha/numbers/company.html", {"form": form, "number": session})


@transaction.atomic
def _set_company(session: WahaSession, company: Company | None, *, by: User) -> None:
    if session.company_id == (company.pk if company else None):
        return
    session.company = company
    session.save(update_fields=["company", "updated_at"])
    log.record(
        "session.company", target=session, by=by, new={"company": company.pk if company else None}
    )
