"""Runs as a process of its own: a picture on stdin, its size and a thumbnail on stdout.

Decoding strangers' pictures is where memory and CPU are lost to them, so it happens here under
limits, without Django, the database or a secret in reach. Imports nothing of ours.
"""

import io
import json
import resource
import sys
import warnings

MAX_PIXELS = 40_000_000
MAX_INPUT = 100 * 1024 * 1024
EDGE = 640
MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 10
TOO_LARGE, UNREADABLE = 3, 4


def limit() -> None:
    """Give up what a picture does not need."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_INPUT, MAX_INPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run() -> int:
    """Write one line of JSON {"width", "height"} and then the thumbnail as WebP."""
    # Inside: loaded once the limits hold, and the parent imports this file for its numbers only.
    from PIL import Image, ImageOps  # noqa: PLC0415

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    data = sys.stdin.buffer.read(MAX_INPUT + 1)
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF")) as picture:
            width, height = picture.size
            picture.draft("RGB", (EDGE * 2, EDGE * 2))  # JPEG: decode no more than is shown
            picture.thumbnail((EDGE * 2, EDGE * 2))
            upright = ImageOps.exif_transpose(picture)
            if upright.size[0] < upright.size[1] and width > height:
                width, height = height, width
            upright.thumbnail((EDGE, EDGE))
            mode = "RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB"
            small = io.BytesIO()
            # A new picture without `exif` and `icc_profile`: place and device stay behind.
            Image.merge(mode, upright.convert(mode).split()).save(small, "WEBP", quality=78)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return TOO_LARGE
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, TypeError, IndexError):
        return UNREADABLE
    sys.stdout.buffer.write(json.dumps({"width": width, "height": height}).encode() + b"\n")
    sys.stdout.buffer.write(small.getvalue())
    return 0


if __name__ == "__main__":
    limit()
    sys.exit(run())
