"""Files that customers send: real, small, and made on the spot where that is cheap."""

import io
import random
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

SHIPPED = Path(__file__).parent / "files"
EXTENSIONS = {
    "image/jpeg": "jpeg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "application/pdf": "pdf",
    "audio/ogg": "oga",
    "audio/mpeg": "mp3",
    "video/mp4": "mp4",
    "text/plain": "txt",
}


@dataclass(slots=True)
class Media:
    """A file on a message. WAHA gives it out until its lifetime ends; WhatsApp keeps it longer."""

    mimetype: str
    data: bytes = field(repr=False)
    filename: str | None = None
    published_at: float = field(default_factory=time.monotonic)
    failed: bool = False

    @property
    def extension(self) -> str:
        kind = self.mimetype.split(";")[0].strip()
        if kind in EXTENSIONS:
            return EXTENSIONS[kind]
        return (self.filename or "").rpartition(".")[2].lower() or "bin"

    def is_published(self, lifetime: float) -> bool:
        """Tell whether WAHA still has its copy; lifetime 0 means for ever."""
        return not lifetime or time.monotonic() - self.published_at < lifetime

    def publish(self) -> None:
        """Fetch the file from WhatsApp again."""
        self.published_at = time.monotonic()


def make(kind: str, rng: random.Random, text: str = "") -> Media:
    """Return a file of `kind`: image, sticker, document, voice, audio or video."""
    if kind == "image":
        return Media("image/jpeg", picture(text or "Photo", rng.randrange(360)))
    if kind == "sticker":
        return Media("image/webp", sticker(rng.randrange(360)))
    if kind == "document":
        name = f"{text or 'Invoice'} {rng.randrange(1000, 9999)}.pdf"
        return Media("application/pdf", document(text or "Invoice"), name)
    if kind == "voice":
        return Media("audio/ogg; codecs=opus", shipped("voice.ogg"))
    if kind == "audio":
        return Media("audio/ogg", shipped("voice.ogg"))
    if kind == "video":
        return Media("video/mp4", shipped("clip.mp4"))
    raise ValueError(f"There is no file of kind {kind!r}.")


@cache
def shipped(name: str) -> bytes:
    """Return a file that lies beside this module."""
    return (SHIPPED / name).read_bytes()


@cache
def picture(text: str, hue: int) -> bytes:
    """Return a JPEG that looks like a photo of something: sky, hills, a caption."""
    image = Image.new("RGB", (640, 480))
    draw = ImageDraw.Draw(image)
    for row in range(480):
        draw.line([(0, row), (640, row)], fill=_colour(hue, 95 - row // 16))
    for step, light in enumerate((48, 38, 28)):
        top = 230 + step * 75
        hill = [(x, top + ((x * (step + 2) * 7 + hue * 31) % 97) // 2) for x in range(0, 700, 60)]
        draw.polygon([(0, 480), *hill, (640, 480)], fill=_colour(hue + 110, light))
    draw.ellipse((470, 50, 550, 130), fill=_colour(hue + 40, 90))
    draw.text((24, 440), text.encode("ascii", "ignore").decode()[:60], fill="white")
    return _saved(image, "JPEG", quality=78)


@cache
def sticker(hue: int) -> bytes:
    """Return a WebP with a smiling face on nothing."""
    image = Image.new("RGBA", (256, 256), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((16, 16, 240, 240), fill=_colour(hue, 60))
    draw.ellipse((80, 90, 104, 120), fill="black")
    draw.ellipse((152, 90, 176, 120), fill="black")
    draw.arc((72, 90, 184, 190), 20, 160, fill="black", width=10)
    return _saved(image, "WEBP")


@cache
def document(title: str) -> bytes:
    """Return a PDF of one page."""
    image = Image.new("RGB", (595, 842), "white")
    draw = ImageDraw.Draw(image)
    draw.text((60, 60), title.encode("ascii", "ignore").decode() or "Document", fill="black")
    for line in range(24):
        draw.rectangle((60, 110 + line * 26, 480 - line * 61 % 170, 116 + line * 26), fill="#ccc")
    return _saved(image, "PDF")


@cache
def qr_picture(value: str) -> bytes:
    """Return a PNG that reads as a QR code of a demo; no phone will accept it."""
    rng = random.Random(value)
    size, cell = 33, 8
    image = Image.new("RGB", ((size + 4) * cell,) * 2, "white")
    draw = ImageDraw.Draw(image)

    def square(column: int, row: int, span: int, fill: str) -> None:
        left, top = (column + 2) * cell, (row + 2) * cell
        draw.rectangle((left, top, left + span * cell - 1, top + span * cell - 1), fill=fill)

    for column in range(size):
        for row in range(size):
            if rng.random() < 0.5:
                square(column, row, 1, "black")
    for column, row in ((0, 0), (size - 7, 0), (0, size - 7)):
        square(column - 1, row - 1, 9, "white")
        square(column, row, 7, "black")
        square(column + 1, row + 1, 5, "white")
        square(column + 2, row + 2, 3, "black")
    square(12, 14, 9, "white")
    draw.text((14 * cell + 14, 18 * cell + 12), "DEMO", fill="#0a7", font_size=20)
    return _saved(image, "PNG")


def _colour(hue: int, light: int) -> str:
    return f"hsl({hue % 360}, 55%, {light}%)"


def _saved(image: Image.Image, form: str, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()
