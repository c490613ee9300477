"""Why a file is not taken, in words for the person who gave it."""

from django.utils.translation import gettext as _


class FileRefused(Exception):
    """A file that we do not keep; the text is a sentence fit to show."""


class FileEmpty(FileRefused):
    """Nothing is in the file."""

    def __init__(self) -> None:
        super().__init__(_("The file is empty. Choose another one."))


class FileCut(FileRefused):
    """Fewer bytes came than were announced; both numbers are for the log."""

    def __init__(self, came: int, announced: int) -> None:
        self.came, self.announced = came, announced
        super().__init__(_("The file did not come whole. Try again."))


class FileTooLarge(FileRefused):
    """The file has more bytes than its place allows."""

    def __init__(self, max_bytes: int) -> None:
        megabytes = max(1, max_bytes // (1024 * 1024))
        super().__init__(
            _("The file is too large: at most %(size)s MB. Make it smaller, then try again.")
            % {"size": megabytes}
        )


class ImageTooLarge(FileRefused):
    """The picture would take too much memory once opened."""

    def __init__(self) -> None:
        super().__init__(
            _("The picture has too many pixels: at most 40 million. Scale it down, then try again.")
        )


class ContentDiffers(FileRefused):
    """The content is another kind of file than the name says."""

    def __init__(self, extension: str) -> None:
        super().__init__(
            _(
                "This is no %(extension)s file, although its name says so. "
                "Save it again in its own format, then try again."
            )
            % {"extension": extension.upper()}
        )


class StorageFailed(Exception):
    """The place where files lie is full or away; the text is a sentence fit to show."""

    def __init__(self) -> None:
        super().__init__(
            _("The file could not be stored. Try again in a few minutes, or tell an admin.")
        )
