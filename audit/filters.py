"""What the page of the audit log can be narrowed to: who, what, when, from where."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit import reading, sentences
from audit.models import AuditLog

MOST_PEOPLE = 500
SYSTEM = "0"
# Ids rise with time but for transactions that overtake each other by seconds.
OVERTAKING = timedelta(minutes=10)


def people() -> list[tuple[str, str]]:
    """Everybody who may be chosen, by name; one query."""
    users: Any = get_user_model()._default_manager
    named = users.order_by("name", "email").values_list("pk", "name", "email")[:MOST_PEOPLE]
    return [
        ("", gettext("Everybody")),
        (SYSTEM, gettext("Nobody signed in")),
        *((str(pk), name or email) for pk, name, email in named),
    ]


def events() -> list[tuple[str, Any]]:
    """Every event with a sentence, under its topic."""
    grouped = [
        (str(topic.title), [(event, sentences.label(event)) for event in found])
        for topic in sentences.topics()
        if (found := topic.sentences)
    ]
    return [("", gettext("Everything")), *grouped]


def roads() -> list[tuple[str, str]]:
    """Ways that lead into the log."""
    return [
        ("", gettext("Anywhere")),
        *((road or "pages", str(words)) for road, words in reading.ROADS.items()),
    ]


class EventField(forms.ChoiceField):
    """Any event: apps come and go, the log keeps theirs."""

    def valid_value(self, value: str) -> bool:
        return re.fullmatch(r"[\w.]{1,100}", value) is not None


class FilterForm(forms.Form):
    """The filters as the address holds them; what makes no sense narrows nothing."""

    who = forms.ChoiceField(label=_("Who"), required=False, choices=people)
    event = EventField(label=_("What"), required=False, choices=events)
    since = forms.DateField(
        label=_("From day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    road = forms.ChoiceField(label=_("By way of"), required=False, choices=roads)
    address = forms.GenericIPAddressField(
        label=_("From address"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "203.0.113.9", "dir": "ltr"}),
    )
    record = forms.RegexField(r"^\d{1,9}-\d{1,19}$", required=False, widget=forms.HiddenInput)
    request = forms.RegexField(r"^[0-9a-f]{8,64}$", required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        event, choices = str(self.data.get("event", "")), events()
        known = {value for _title, group in choices[1:] for value, _words in group}
        if event and event not in known:
            choices.append((event, event))
        self.fields["event"].choices = choices  # type: ignore[attr-defined]

    @property
    def chosen(self) -> dict[str, Any]:
        """The filters that are set and make sense."""
        self.is_valid()
        cleaned = getattr(self, "cleaned_data", {})
        return {name: value for name, value in cleaned.items() if value not in (None, "")}

    def narrow(self, entries: QuerySet[AuditLog]) -> QuerySet[AuditLog]:
        """Entries that fit, to be ordered by id: each filter by itself has an index."""
        chosen = self.chosen
        if who := chosen.get("who"):
            entries = (
                entries.filter(actor__isnull=True)
                if who == SYSTEM
                else entries.filter(user_type="accounts.user", actor_id=int(who))
            )
        if event := chosen.get("event"):
            entries = entries.filter(event=event)
        if road := chosen.get("road"):
            entries = entries.filter(tags="" if road == "pages" else road)
        if address := chosen.get("address"):
            entries = entries.filter(remote_addr=address)
        if request := chosen.get("request"):
            entries = entries.filter(cid=request)
        if record := chosen.get("record"):
            kind, _dash, pk = record.partition("-")
            entries = entries.filter(content_type_id=int(kind), object_id=int(pk))
        return _between(entries, chosen.get("since"), chosen.get("until"))


def _between(
    entries: QuerySet[AuditLog], since: date | None, until: date | None
) -> QuerySet[AuditLog]:
    """Entries of these days; bounded by id too, so that the list's order finds its place."""
    if since is not None:
        start = _midnight(since)
        entries = entries.filter(timestamp__gte=start)
        if (first := _first_id(start - OVERTAKING)) is not None:
            entries = entries.filter(pk__gte=first)
    if until is not None:
        end = _midnight(until) + timedelta(days=1)
        entries = entries.filter(timestamp__lt=end)
        if (first := _first_id(end + OVERTAKING)) is not None:
            entries = entries.filter(pk__lte=first)
    return entries


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _first_id(at: datetime) -> int | None:
    later = AuditLog.objects.filter(timestamp__gte=at).order_by("timestamp", "pk")
    first: int | None = later.values_list("pk", flat=True).first()
    return first
