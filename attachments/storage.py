"""Files in a folder of this machine, each there whole or not at all."""

import os
import uuid
from pathlib import Path
from typing import IO, Any

from django.core.files.storage import FileSystemStorage

DRAFT = ".part"


class WholeFiles(FileSystemStorage):
    """A folder whose files appear under their names once all their bytes are on the disk.

    What a killed process leaves behind ends in `.part`; no row ever names it, so the check for
    orphans finds it and `check_files --clear` deletes it.
    """

    def _save(self, name: str, content: IO[Any]) -> str:
        final = Path(self.path(name))
        draft = final.with_name(f"{uuid.uuid4().hex}{DRAFT}")
        try:
            # Django's own hook for storages, which its stubs leave out.
            super()._save(str(Path(name).with_name(draft.name)), content)  # type: ignore[misc]
            _flush(draft)
            draft.rename(final)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        _flush(final.parent)
        return name


def _flush(path: Path) -> None:
    """Have the disk write down what a file or a folder holds."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
