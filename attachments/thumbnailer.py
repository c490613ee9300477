"""Runs as a process of its own: a picture or PDF on stdin, its size and a thumbnail on stdout.

Decoding strangers' files is where memory and CPU are lost to them, so it happens here under
limits, without Django, the database or a secret in reach. Imports nothing of ours.
"""

import io
import json
import resource
import sys
import warnings
from typing import Any

PDF = b"%PDF-"
MAX_PIXELS = 40_000_000
MAX_INPUT = 100 * 1024 * 1024
EDGE = 640
MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 10
# A PDF is a program: what has not drawn a page with this much does not mean to.
PAGE_MEMORY = 512 * 1024 * 1024
PAGE_SECONDS = 4
TOO_LARGE, UNREADABLE = 3, 4

Drawn = tuple[int, int, Any]
"""Width, height and a Pillow image no larger than EDGE; a PDF has no size in pixels: 0 and 0."""


def limit(memory: int = MEMORY, seconds: int = CPU_SECONDS) -> None:
    """Give up what neither a picture nor a page needs."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_INPUT, MAX_INPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run() -> int:
    """Write one line of JSON {"width", "height"} and then the thumbnail as WebP."""
    # Inside, here and below: loaded once the limits hold, and the parent imports this file for
    # its numbers only.
    from PIL import Image  # noqa: PLC0415

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    data = sys.stdin.buffer.read(MAX_INPUT + 1)
    try:
        width, height, drawn = _page(data) if data.startswith(PDF) else _picture(data)
        mode = "RGBA" if "A" in drawn.getbands() or "transparency" in drawn.info else "RGB"
        small = io.BytesIO()
        # A new picture without `exif` and `icc_profile`: place and device stay behind.
        Image.merge(mode, drawn.convert(mode).split()).save(small, "WEBP", quality=78)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return TOO_LARGE
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, TypeError, IndexError):
        return UNREADABLE
    sys.stdout.buffer.write(json.dumps({"width": width, "height": height}).encode() + b"\n")
    sys.stdout.buffer.write(small.getvalue())
    return 0


def _picture(data: bytes) -> Drawn:
    """A picture made small and turned upright."""
    from PIL import Image, ImageOps  # noqa: PLC0415

    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF")) as picture:
        width, height = picture.size
        picture.draft("RGB", (EDGE * 2, EDGE * 2))  # JPEG: decode no more than is shown
        picture.thumbnail((EDGE * 2, EDGE * 2))
        upright = ImageOps.exif_transpose(picture)
        if upright.size[0] < upright.size[1] and width > height:
            width, height = height, width
        upright.thumbnail((EDGE, EDGE))
    return width, height, upright


def _page(data: bytes) -> Drawn:
    """The first page of a PDF on white; no page after it is read, no script or link followed.

    Raises ValueError for one that is locked, broken or has no page one could look at. The scale
    follows from the page's box, so that a page of a kilometre is drawn as small as any other.
    """
    limit(PAGE_MEMORY, PAGE_SECONDS)
    import pypdfium2  # noqa: PLC0415

    try:
        with pypdfium2.PdfDocument(data) as document:
            page = document[0]
            longest, shortest = sorted(page.get_size(), reverse=True)
            if not 0 < shortest <= longest < float("inf"):
                raise ValueError(shortest)
            scale = EDGE / longest
            if shortest * scale < 1:
                raise ValueError(longest)
            return 0, 0, page.render(scale=scale, may_draw_forms=False).to_pil()
    except pypdfium2.PdfiumError as error:
        raise ValueError from error


if __name__ == "__main__":
    limit()
    sys.exit(run())
