"""The overview of /ops/: the findings as people read them, with links to where each is mended."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from mercury.ops.findings import Finding, State
from mercury.ops.health.check import TITLES, DatabaseHealthCheck, overall

LINKS: dict[str, str | Promise] = {
    "ops:statements": gettext_lazy("Slow statements"),
    "ops:sizes": gettext_lazy("Tables and sizes"),
    "numbers:list": gettext_lazy("Numbers"),
    "admin:waha_wahaserver_changelist": gettext_lazy("WAHA servers"),
    "admin:waha_wahaevent_changelist": gettext_lazy("Event journal"),
    "admin:waha_wahaoutbox_changelist": gettext_lazy("Messages on their way"),
}
STATES: dict[State, str | Promise] = {
    State.OK: gettext_lazy("well"),
    State.UNKNOWN: gettext_lazy("not known"),
    State.WARNING: gettext_lazy("to look at"),
    State.BROKEN: gettext_lazy("broken"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One check as the page draws it; `mend` is cut into (words, whether they are to be typed)."""

    key: str
    title: str | Promise
    state: str
    state_label: str | Promise
    sentence: str
    mend: list[tuple[str, bool]]
    url: str
    url_label: str | Promise
    figures: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Overview:
    """What is wrong, what is well, and both in one sentence."""

    state: str
    sentence: str
    wrong: list[Line]
    well: list[Line]
    lines: list[Line]


def look(user: User) -> Overview:
    """Look at everything now; links lead where `user` may go."""
    found = DatabaseHealthCheck().check()
    lines = [_line(key, finding, user) for key, finding in found.items()]
    # What is broken comes first; within a state the order of reading stays.
    wrong = [line for line in lines if line.state == State.BROKEN]
    wrong += [line for line in lines if line.state == State.WARNING]
    well = [line for line in lines if line.state in {State.OK, State.UNKNOWN}]
    return Overview(overall(found).value, _sentence(wrong), wrong, well, lines)


def _line(key: str, finding: Finding, user: User) -> Line:
    page = finding.page if user.is_staff or not finding.page.startswith("admin:") else ""
    return Line(
        key=key,
        title=TITLES[key],
        state=finding.state.value,
        state_label=STATES[finding.state],
        sentence=finding.sentence,
        mend=[(part, bool(index % 2)) for index, part in enumerate(finding.mend.split("`"))],
        url=reverse(page) if page else "",
        url_label=LINKS.get(page, ""),
        figures=[(name, _written(number)) for name, number in finding.figures.items()],
    )


def _written(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:,.10g}"


def _sentence(wrong: list[Line]) -> str:
    broken = sum(line.state == State.BROKEN for line in wrong)
    if broken:
        return ngettext("%(n)d thing is broken.", "%(n)d things are broken.", broken) % {
            "n": broken
        }
    if wrong:
        number = len(wrong)
        said = ngettext(
            "It works; %(n)d thing wants a look.", "It works; %(n)d things want a look.", number
        )
        return said % {"n": number}
    return _("All is well.")
