"""Lines of the log: for people at a terminal, or JSON for a machine that collects them.

Both name the request, scrub secrets and phones, and keep one event on one line whatever is in
a name; a stack follows in lines of its own, or as one field.
"""

import json
import logging
from datetime import UTC, datetime

from audit import context, error_reports, masking


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        origin = context.current()
        found = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masking.scrub(record.getMessage()),
            "request_id": origin.request_id,
            "user_id": origin.user_id,
            "road": origin.tags,
            "url": masking.scrub(origin.url),
            "process": record.process,
            "trace": _trace(record),
        }
        return json.dumps({name: value for name, value in found.items() if value or name in KEPT})


KEPT = {"at", "level", "logger", "message"}


class LineFormatter(logging.Formatter):
    """Time, level, logger, request and words, for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        request = context.current().request_id
        named = f" [{request}]" if request else ""
        said = masking.one_line(masking.scrub(record.getMessage()))
        line = f"{at:%Y-%m-%d %H:%M:%S} {record.levelname} {record.name}{named}: {said}"
        stack = _trace(record)
        return f"{line}\n    " + stack.replace("\n", "\n    ") if stack else line


def _trace(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return error_reports.trace(error) if error is not None else ""
