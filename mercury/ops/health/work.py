"""Health of the work: who takes it, what waits, what was found wrong at night."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mercury.ops.findings import Finding, State, broken, ok, unknown, warning
from mercury.ops.health import marks
from mercury.ops.models import HealthMark, HealthSample
from mercury.ops.service_probes import WORKER_MEND
from waha.models import (
    EventState,
    OutboxState,
    SessionStatus,
    WahaDrain,
    WahaEvent,
    WahaOutbox,
    WahaServer,
    WahaSession,
)

SILENT = timedelta(seconds=60)
WAITS, WAITS_LONG = timedelta(seconds=30), timedelta(minutes=2)
SERVER_SILENT = timedelta(minutes=3)  # asked every minute
NIGHTLY = timedelta(hours=36)
MANY = 10_000
"""Counting stops here: beyond it the number no longer matters."""

Marks = dict[str, HealthMark]


def workers(alias: str, now: datetime, said: Marks) -> Finding:
    """Whether both queues' workers still take tasks; the worst of the two is told."""
    drain, default = _age(now, said, marks.DRAIN), _age(now, said, marks.WORKER)
    figures = {"drain_seconds": drain, "default_seconds": default}
    told = {name: round(age, 1) for name, age in figures.items() if age is not None}
    silent = {
        "drain": _is_silent(drain) and not _is_draining(alias, now),
        "default": _is_silent(default),
    }
    if not any(silent.values()):
        return ok("workers", _("Both take tasks."), told)
    what = {
        "drain": _("what customers write is stored but does not show"),
        "default": _("nothing is sent and no file is fetched"),
    }
    names = [name for name, is_silent in silent.items() if is_silent]
    ages = {"drain": drain, "default": default}
    sentences = [
        _("The worker of the queue %(queue)s has not reported %(since)s: %(what)s.")
        % {"queue": name, "since": _since(ages[name]), "what": what[name]}
        for name in names
    ]
    return broken("workers", " ".join(sentences), WORKER_MEND, told)


def schedule(alias: str, now: datetime, said: Marks) -> Finding:
    """Whether the schedule (celery beat) still hands tasks on."""
    age = _age(now, said, marks.SCHEDULE)
    if _is_silent(age):
        return broken(
            "schedule",
            _("The schedule has not handed on a task %(since)s: nothing is asked for again.")
            % {"since": _since(age)},
            _("Start exactly one `celery -A mercury beat` (docker compose: beat)."),
            {} if age is None else {"seconds": round(age, 1)},
        )
    return ok("schedule", _("It hands tasks on."), {"seconds": round(age or 0.0, 1)})


def waha_servers(alias: str, now: datetime, said: Marks) -> Finding:
    """Whether the WAHA servers of our numbers answered when they were last asked, each minute."""
    servers = list(
        WahaServer.objects.using(alias)
        .filter(sessions__isnull=False)
        .distinct()
        .values_list("name", "last_seen_at")
    )
    if not servers:
        return ok("waha_servers", _("No number is connected yet."), {"servers": 0, "silent": 0})
    silent = [name for name, seen in servers if seen is None or now - seen > SERVER_SILENT]
    figures = {"servers": len(servers), "silent": len(silent)}
    if not silent:
        return ok("waha_servers", _("All that have numbers answer."), figures)
    return broken(
        "waha_servers",
        _("No answer for three minutes or more from: %(names)s.") % {"names": ", ".join(silent)},
        _("Is it running, and are its address and key right? `manage.py doctor` asks it at once."),
        figures,
        page="admin:waha_wahaserver_changelist",
    )


def numbers(alias: str, now: datetime, said: Marks) -> Finding:
    """Whether the numbers that should work do; those stopped by somebody do not count."""
    states = dict(
        WahaSession.objects.using(alias)
        .order_by()
        .values_list("status")
        .annotate(number=Count("pk"))
    )
    figures: dict[str, float] = {status.value: states.get(status, 0) for status in SessionStatus}
    bad = states.get(SessionStatus.FAILED, 0) + states.get(SessionStatus.SCAN_QR, 0)
    if bad:
        return warning(
            "numbers",
            ngettext(
                "%(number)d number is not connected: its customers write in vain.",
                "%(number)d numbers are not connected: their customers write in vain.",
                bad,
            )
            % {"number": bad},
            _("Whoever manages it starts it again and scans the QR code."),
            figures,
            page="numbers:list",
        )
    return ok("numbers", _("Every number that is switched on is connected."), figures)


def incoming_events(alias: str, now: datetime, said: Marks) -> Finding:
    """How long the oldest event of the journal has waited to be applied, and who gave up."""
    events = WahaEvent.objects.using(alias)
    due = events.filter(state=EventState.NEW, due_at__lt=now).order_by("due_at")
    oldest = due.values_list("due_at", flat=True).first()
    dead = events.filter(state=EventState.DEAD)[:MANY].count()
    return _waiting(
        "incoming_events",
        now - oldest if oldest else None,
        said=_("The oldest message from WhatsApp has waited %(time)s to be applied."),
        well=_("What WhatsApp sends is applied at once."),
        given_up=dead,
        given_up_said=ngettext(
            "%(number)d event could not be applied and is kept with its reason.",
            "%(number)d events could not be applied and are kept with their reasons.",
            dead,
        ),
        given_up_mend=_("Read the reasons; `manage.py replay_events` tries them again."),
        page="admin:waha_wahaevent_changelist",
        figure="dead",
    )


def outgoing_messages(alias: str, now: datetime, said: Marks) -> Finding:
    """How long the oldest message has waited to be sent, and how many have an unknown end."""
    rows = WahaOutbox.objects.using(alias)
    due = rows.overdue(now).order_by("due_at")
    oldest = due.values_list("due_at", flat=True).first()
    unclear = rows.filter(state=OutboxState.UNKNOWN)[:MANY].count()
    return _waiting(
        "outgoing_messages",
        now - oldest if oldest else None,
        said=_("The oldest message on its way has waited %(time)s to be sent."),
        well=_("What is written here is sent at once."),
        given_up=unclear,
        given_up_said=ngettext(
            "%(number)d send was never confirmed: the customer may have it or not.",
            "%(number)d sends were never confirmed: the customers may have them or not.",
            unclear,
        ),
        given_up_mend=_("The chats show them; a person decides whether to send again."),
        page="admin:waha_wahaoutbox_changelist",
        figure="unknown",
    )


def consistency(alias: str, now: datetime, said: Marks) -> Finding:
    """What the nightly look at the rows found."""
    mark = said.get(marks.INVARIANTS)
    mend = _("`manage.py check_invariants` looks now and names the rows.")
    if mark is None or now - mark.at > NIGHTLY:
        first = HealthSample.objects.using(alias).order_by("at").values_list("at", flat=True)
        began = first.first()
        if mark is None and (began is None or now - began < NIGHTLY):
            return unknown("consistency", _("The first nightly look is still to come."))
        return warning("consistency", _("The nightly look at the rows did not run."), mend)
    violations = int(mark.said.get("broken", 0))
    if violations:
        names = ", ".join(mark.said.get("names", []))
        return broken(
            "consistency",
            _("The nightly look found rows that contradict each other: %(names)s.")
            % {"names": names},
            mend,
            {"broken": violations},
        )
    if unfinished := mark.said.get("unfinished", []):
        return warning(
            "consistency",
            _("The nightly look ran out of time before it had seen everything: %(names)s.")
            % {"names": ", ".join(unfinished)},
            _("Run `manage.py check_invariants` by hand, which has no limit."),
            {"broken": 0, "unfinished": len(unfinished)},
        )
    return ok("consistency", _("The nightly look found no contradiction."), {"broken": 0})


def _waiting(
    name: str,
    waited: timedelta | None,
    *,
    said: str,
    well: str,
    given_up: int,
    given_up_said: str,
    given_up_mend: str,
    page: str,
    figure: str,
) -> Finding:
    seconds = waited.total_seconds() if waited else 0.0
    figures: dict[str, Any] = {"seconds": round(seconds, 1), figure: given_up}
    if waited and waited > WAITS:
        state = State.BROKEN if waited > WAITS_LONG else State.WARNING
        sentence = said % {"time": _time(seconds)}
        return Finding(name, state, sentence, WORKER_MEND, figures, page)
    if given_up:
        sentence = given_up_said % {"number": given_up}
        return warning(name, sentence, given_up_mend, figures, page=page)
    return ok(name, well, figures)


def _age(now: datetime, said: Marks, name: str) -> float | None:
    """Seconds since the mark; None when there never was one."""
    mark = said.get(name)
    return None if mark is None else max((now - mark.at).total_seconds(), 0.0)


def _is_silent(age: float | None) -> bool:
    return age is None or age > SILENT.total_seconds()


def _is_draining(alias: str, now: datetime) -> bool:
    """A long batch holds the queue up; its lease shows that somebody works."""
    return WahaDrain.objects.using(alias).filter(lease_until__gt=now).exists()


def _since(age: float | None) -> str:
    return _("yet") if age is None else _("for %(time)s") % {"time": _time(age)}


def _time(seconds: float) -> str:
    if seconds < 120:
        return ngettext("%(n)d second", "%(n)d seconds", int(seconds)) % {"n": int(seconds)}
    if seconds < 7200:
        minutes = int(seconds // 60)
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = int(seconds // 3600)
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
