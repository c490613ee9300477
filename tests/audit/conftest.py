"""What the tests of errors share."""

import logging
from collections.abc import Iterator

import pytest

from audit import error_handler
from audit.error_handler import ErrorLogHandler


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Iterator[ErrorLogHandler]:
    """The product's handler on the root logger, quick and closed again."""
    monkeypatch.setattr(error_handler, "PAUSE", 0.01)
    found = ErrorLogHandler()
    logging.getLogger().addHandler(found)
    yield found
    found.flush()
    logging.getLogger().removeHandler(found)
    found.close()
