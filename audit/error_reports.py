"""An error as it is kept: grouped by where it happened, scrubbed, with an allow-list around it."""

import hashlib
import logging
import traceback
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from django.conf import settings
from django.utils import timezone

from audit import context, masking

MESSAGE = 1_000
FRAMES = 60
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


@dataclass(slots=True)
class Report:
    """One kind of error in this process since it was last written down, and how often."""

    fingerprint: str
    level: str
    kind: str
    message: str
    context: dict[str, Any]
    trace: str
    first_at: datetime
    last_at: datetime
    count: int = 1
    requests: list[str] = field(default_factory=list)

    def again(self, other: "Report") -> None:
        """Count another one of the same kind; the newest says where and for whom."""
        self.count += other.count
        self.last_at = other.last_at
        self.context, self.message = other.context, other.message
        self.requests = [*self.requests, *other.requests][-20:]


def of(record: logging.LogRecord) -> Report:
    """The report of a log record, scrubbed; costs no query."""
    error = record.exc_info[1] if record.exc_info else None
    now = timezone.now()
    around = _context(record)
    return Report(
        fingerprint=fingerprint(record, error),
        level=record.levelname[:50],
        kind=_kind(error) if error is not None else "",
        message=_message(record, error)[:MESSAGE],
        context=around,
        trace=trace(error) if error is not None else "",
        first_at=now,
        last_at=now,
        requests=[around["request_id"]] if around.get("request_id") else [],
    )


def fingerprint(record: logging.LogRecord, error: BaseException | None) -> str:
    """The same for the same fault: its kind and the functions of ours it came through.

    Line numbers, ids and words are left out, or every release and every customer were news.
    """
    if error is None:
        parts = [record.levelname, record.name, str(record.msg)]
    else:
        parts = [_kind(error), *(f"{file}:{name}" for file, name in _own(error.__traceback__))]
        if len(parts) == 1:
            parts += [record.name, str(record.msg)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def trace(error: BaseException) -> str:
    """The stack of an exception and of those behind it: lines of code, no values of variables."""
    told = traceback.TracebackException.from_exception(
        error, limit=-FRAMES, lookup_lines=True, capture_locals=False
    )
    return "\n".join(_chain(told)).strip()


def _chain(told: traceback.TracebackException) -> list[str]:
    behind = told.__cause__ or (None if told.__suppress_context__ else told.__context__)
    lines = [*_chain(behind), "", "… and while that was handled:", ""] if behind else []
    for frame in told.stack:
        lines.append(f"{_short(frame.filename)}:{frame.lineno} in {frame.name}")
        if frame.line:
            lines.append(f"    {frame.line}")
    said = "".join(told.format_exception_only()).strip().splitlines()[-1:] or [""]
    lines.append(masking.one_line(masking.scrub_error(said[0]))[:MESSAGE])
    return lines


def _message(record: logging.LogRecord, error: BaseException | None) -> str:
    said = masking.one_line(masking.scrub(_formatted(record)))
    if error is None:
        return said
    what = masking.one_line(masking.scrub_error(str(error)))
    return f"{type(error).__name__}: {what}" if what else f"{type(error).__name__} ({said})"


def _formatted(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # arguments that do not fit: the words alone
        return str(record.msg)


def _context(record: logging.LogRecord) -> dict[str, Any]:
    """What an engineer may know of the surroundings; all that is not here stays out."""
    origin = context.current()
    method = getattr(getattr(record, "request", None), "method", "")
    found = {
        "request_id": origin.request_id,
        "user_id": origin.user_id,
        "url": masking.scrub(origin.url)[:500],
        "method": method if method in METHODS else "",
        "road": origin.tags,
        "logger": record.name,
        "process": record.process,
    }
    return {name: value for name, value in found.items() if value}


def _kind(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")[:255]


def _own(at: TracebackType | None) -> list[tuple[str, str]]:
    """Our own functions on the way to the fault."""
    found = []
    while at is not None:
        code = at.tb_frame.f_code
        short = _short(code.co_filename)
        if not short.startswith(("/", "…")):
            found.append((short, code.co_name))
        at = at.tb_next
    return found[-FRAMES:]


def _short(path: str) -> str:
    """A file as engineers know it: within the project, or within its package."""
    base = f"{settings.BASE_DIR}/"
    if path.startswith(base) and "/site-packages/" not in path:
        return path.removeprefix(base)
    parts = Path(path).parts
    start = parts.index("site-packages") + 1 if "site-packages" in parts else max(len(parts) - 3, 0)
    return "…/" + "/".join(parts[start:])
