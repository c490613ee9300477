"""The logging handler behind `/errors/`: notes down, and a thread of its own writes.

The thread has its own database connection, so what it writes is outside the transaction that
failed and stays when that is rolled back, and nobody waits for it. Nothing here ever raises.
"""

import logging
import os
import threading
from typing import TYPE_CHECKING

from django.apps import apps

from audit import error_reports

if TYPE_CHECKING:
    from audit.error_reports import Report

# Lines about this very machinery go to the console alone.
logger = logging.getLogger("audit.error_handler")

# Kinds of errors that wait at most; more are counted and left out.
MOST_WAITING = 200
# Each kind is written at most once in so many seconds, however often it happens.
PAUSE = 1.0
ATTEMPTS = (0.1, 0.5, 2.0, 5.0)
END_TIMEOUT = 4.0


class ErrorLogHandler(logging.Handler):
    """Hands errors to the writer's thread: a few microseconds and one lock for the caller."""

    def __init__(self, level: int = logging.ERROR) -> None:
        super().__init__(level)
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._waiting: dict[str, Report] = {}
        self._left_out = 0
        self._news = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Note the error down; `handle` holds the handler's lock around this."""
        try:
            own = threading.current_thread() is self._thread or record.name == logger.name
            if not own and apps.ready:
                self._note(error_reports.of(record))
        except Exception as fault:  # a log must not break what it watches
            self._left_out += 1
            if self._left_out == 1:
                logger.warning("an error could not be noted down: %s", type(fault).__name__)

    def _note(self, report: "Report") -> None:
        known = self._waiting.get(report.fingerprint)
        if known is not None:
            known.again(report)
        elif len(self._waiting) < MOST_WAITING:
            self._waiting[report.fingerprint] = report
        else:
            self._left_out += 1
        self._idle.clear()
        self._news.set()
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="error-log", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._ending.is_set():
            self._news.wait()
            with self.lock or threading.RLock():
                reports, self._waiting = list(self._waiting.values()), {}
                left_out, self._left_out = self._left_out, 0
                self._news.clear()
            for report in reports:
                self._write(report)
            if left_out:
                logger.warning("%s errors of other kinds were not written down", left_out)
            with self.lock or threading.RLock():
                if not self._waiting:
                    self._idle.set()
            self._ending.wait(PAUSE)

    def _write(self, report: "Report") -> None:
        # It holds models, which may only be imported once all apps are loaded.
        from audit import error_store  # noqa: PLC0415

        reason = ""
        for pause in ATTEMPTS:
            try:
                error_store.write(report)
            except Exception as problem:
                reason = type(problem).__name__
                if self._ending.wait(pause):
                    break
            else:
                return
            finally:
                error_store.let_go()
        logger.warning("an error could not be written down (%s): %s", reason, report.message)

    def flush(self) -> None:
        """Wait a little until what was noted is written; Python calls it at the end."""
        if threading.current_thread() is not self._thread:
            self._idle.wait(END_TIMEOUT)

    def close(self) -> None:
        """End the thread."""
        self._ending.set()
        self._news.set()
        super().close()


def flush_all() -> None:
    """Wait until every handler of this process has written; for workers that end without."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, ErrorLogHandler):
            handler.flush()
