"""What a file is, by its content: names and what others say of it are not believed."""

import pylibmagic  # noqa: F401, I001  # brings the library that `magic` loads, so it comes first
import magic

from attachments.names import extension_of
from attachments.refusals import ContentDiffers

# How much libmagic is shown: Office documents are told from plain archives within this.
SAMPLE = 64 * 1024
OCTETS = "application/octet-stream"

# What a browser may show on our pages, and the extension it is stored under.
INLINE = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "audio/ogg": "ogg",
    "audio/webm": "webm",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/opus": "opus",
}
# Sound that not every browser plays: such files get a copy that all do.
OGG = frozenset({"audio/ogg", "audio/opus"})
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
FILMS = frozenset({"video/mp4", "video/webm"})
PREVIEWED = PICTURES | FILMS | {"application/pdf"}

# libmagic's names for what the rest of the world calls otherwise.
SAME = {
    "application/ogg": "audio/ogg",
    "audio/x-m4a": "audio/mp4",
    "audio/x-wav": "audio/wav",
    "audio/x-hx-aac-adts": "audio/aac",
    "audio/mp3": "audio/mpeg",
    "video/x-m4v": "video/mp4",
    "application/x-empty": OCTETS,
    "inode/x-empty": OCTETS,
}
# Containers that say little by content: here the extension may say more, never a shown type.
VAGUE = {"application/zip", "application/x-ole-storage", "application/CDFV2", "text/plain", OCTETS}
OPEN_XML = "application/vnd.openxmlformats-officedocument"
BY_EXTENSION = {
    "docx": f"{OPEN_XML}.wordprocessingml.document",
    "xlsx": f"{OPEN_XML}.spreadsheetml.sheet",
    "pptx": f"{OPEN_XML}.presentationml.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv",
    "vcf": "text/vcard",
    "ics": "text/calendar",
}


def detect(sample: bytes, name: str) -> str:
    """The MIME type of a file that begins with `sample`."""
    if not sample:
        return OCTETS
    found = str(magic.from_buffer(sample[:SAMPLE], mime=True))
    found = SAME.get(found, found)
    if found in VAGUE:
        return BY_EXTENSION.get(extension_of(name), found)
    return found if len(found) <= 255 and "/" in found else OCTETS


# What the content of a file must be when its name ends so; other endings promise nothing.
PROMISED = {
    "jpg": {"image/jpeg"},
    "jpeg": {"image/jpeg"},
    "png": {"image/png"},
    "gif": {"image/gif"},
    "webp": {"image/webp"},
    "pdf": {"application/pdf"},
    "mp4": {"video/mp4", "video/quicktime", "audio/mp4"},
    "mp3": {"audio/mpeg", OCTETS},  # libmagic knows not every frame a player knows
    "docx": {BY_EXTENSION["docx"], "application/zip"},
    "xlsx": {BY_EXTENSION["xlsx"], "application/zip"},
    "pptx": {BY_EXTENSION["pptx"], "application/zip"},
}


def check_content(extension: str, mime_type: str) -> None:
    """Refuse a file whose content is not what its ending says. Raises ContentDiffers."""
    promised = PROMISED.get(extension)
    if promised is not None and mime_type not in promised:
        raise ContentDiffers(extension)


def is_inline(mime_type: str) -> bool:
    """True for what a browser may show; all else is only handed out as a download."""
    return mime_type in INLINE


def stored_extension(mime_type: str, name: str) -> str:
    """The extension that a file is stored and listed under."""
    return INLINE.get(mime_type) or extension_of(name)
