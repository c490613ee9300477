"""Rows of the matrix: files of messages, their small pictures, and the copies of voice notes."""

import uuid

from tests.access.admin_table import ABSENT
from tests.access.office import Office
from tests.access.rules import NOT_ALLOWED, Case, Row, level
from waha.models import Level


def files(office: Office) -> list[Case]:
    own = [Case(letter, (line.picture.uuid,), letter) for letter, line in office.lines.items()]
    return [
        *own,
        Case("deleted", (office.gone["file"],)),
        Case("absent", (uuid.UUID(int=ABSENT),)),
    ]


def voices(office: Office) -> list[Case]:
    own = [
        Case(letter, (line.rows["voice"].uuid,), letter) for letter, line in office.lines.items()
    ]
    return [*own, Case("absent", (uuid.UUID(int=ABSENT),))]


FILE_ROWS = {
    "attachments:file": Row(files, level(Level.VIEW, "200"), NOT_ALLOWED),
    "attachments:thumbnail": Row(files, level(Level.VIEW, "200"), NOT_ALLOWED),
    "attachments:playable": Row(voices, level(Level.VIEW, "200"), NOT_ALLOWED),
}
