"""Files that somebody would send to do harm; made here, so that none lies in the repository.

Each is (name, bytes). A canary in what is active calls `hurt()`: a page that runs it is found out.
"""

import gzip
import io
import struct
import zipfile
import zlib

from PIL import Image

from tests.attachments import pdfs

SCRIPT = "<script>window.hurt=1;document.title='hurt'</script>"
Hostile = tuple[str, bytes]

HTML = f"<!doctype html><html><body>{SCRIPT}<img src=x onerror='document.title=\"hurt\"'></body>"
SVG = (
    '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" '
    "onload=\"document.title='hurt'\"><script>document.title='hurt'</script></svg>"
)
XHTML = f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{SCRIPT}</body></html>'
XSLT = (
    '<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#x"?><x>'
    f'<a xmlns="http://www.w3.org/1999/xhtml">{SCRIPT}</a></x>'
)
ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">'
    '<!ENTITY c SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">'
    "<text>&b;&c;</text></svg>"
)
PDF = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction 3 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"3 0 obj<</S/JavaScript/JS(app.alert\\(1\\))>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
)
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def picture(kind: str, size: tuple[int, int] = (32, 32)) -> bytes:
    """A real picture."""
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return out.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and is: lines of zeros compress to next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))
        )

    packer, lines = zlib.compressobj(9), b"\0" * (width // 8 + 1)
    data = b"".join(packer.compress(lines) for _ in range(height)) + packer.flush()
    header = struct.pack("!IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def gif_of(frames: int) -> bytes:
    """An animation of so many frames."""
    frame = bytes.fromhex("21f90400010000002c0000000001000100000202440100")
    head = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff"
    return head + frame * frames + b";"


def zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def bomb() -> bytes:
    """Ten megabytes of zeros, packed twice."""
    return zipped("inner.zip", zipped("zeros", b"\0" * 10_000_000))


def everything() -> list[Hostile]:
    """Sixty of them and some."""
    jpeg, png, gif, webp = (picture(kind) for kind in ("JPEG", "PNG", "GIF", "WEBP"))
    active = HTML.encode()
    disguised = [
        (f"{stem}.{extension}", content)
        for stem, content in (("page", active), ("vector", SVG.encode()), ("code", XHTML.encode()))
        for extension in ("jpg", "png", "gif", "webp", "pdf", "mp4", "docx", "txt", "", "html")
    ]
    polyglots = [
        ("gifjs.gif", b"GIF89a/*" + b"\0" * 20 + b"*/=1;" + active),
        ("jpeg-tail.jpg", jpeg + active),
        ("png-tail.png", png + active),
        ("gif-tail.gif", gif + active),
        ("webp-tail.webp", webp + active),
        ("jpeg-comment.html", jpeg[:2] + b"\xff\xfe\x00\x80" + active[:126] + jpeg[2:]),
        ("zip-in-png.png", png + zipped("a.html", active)),
        ("pdf-then-html.pdf", PDF + active),
        ("html-then-pdf.pdf", active + PDF),
        ("mp4-head.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + active),
        ("ogg-head.ogg", b"OggS\0\x02" + b"\0" * 22 + active),
        ("riff.webp", b"RIFF\x10\0\0\0WEBP" + active),
    ]
    xml = [
        ("style.xml", XSLT.encode()),
        ("entities.svg", ENTITIES.encode()),
        ("packed.svgz", gzip.compress(SVG.encode())),
        ("utf16.html", HTML.encode("utf-16")),
        ("utf7.txt", b"+ADw-script+AD4-document.title='hurt'+ADw-/script+AD4-"),
        ("bom.html", b"\xef\xbb\xbf" + active),
        ("page.mhtml", b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + active),
        ("app.js", b"document.title='hurt'"),
        ("style.css", b"body{background:url(javascript:alert(1))}"),
        ("table.csv", b'=cmd|"/c calc"!A1,2\n'),
        ("action.pdf", PDF),
        ("virus.com", EICAR),
        ("program.exe", b"MZ" + b"\0" * 58 + b"\x80\0\0\0" + b"PE\0\0" + b"\0" * 64),
        ("script.sh", b"#!/bin/sh\nrm -rf /\n"),
        ("link.url", b"[InternetShortcut]\nURL=file:///etc/passwd\n"),
    ]
    drawn = [
        ("locked.pdf", pdfs.locked()),
        ("loop.pdf", pdfs.its_own_child()),
        ("kilometre.pdf", pdfs.page(box=b"0 0 1000000000 1000000000")),
        ("pages.pdf", pdfs.page(count=2**31 - 1)),
        ("cut.pdf", pdfs.page()[:300]),
    ]
    large = [
        ("huge.png", png_of(16_384, 15_625)),
        ("bomb.zip", bomb()),
        ("frames.gif", gif_of(10_000)),
        ("cut.jpg", jpeg[: len(jpeg) // 2]),
        ("cut.png", png[:40]),
        ("head.png", b"\x89PNG\r\n\x1a\n"),
        ("noise.bin", bytes(range(256)) * 8),
        ("empty.txt", b""),
        ("zeros.jpg", b"\0" * 4096),
    ]
    named = [
        ("../../etc/passwd", b"root"),
        ("..\\..\\boot.ini", b"boot"),
        ("annex\u202egpj.exe", b"MZ" + b"\0" * 100),
        ("nul\0byte.png.html", active),
        ("line\r\nSet-Cookie: x=1.txt", b"split"),
        ("a" * 300 + ".txt", b"long"),
        ("\U0001f4a5\u0301\u200b.txt", b"emoji"),
        (".htaccess", b"AddType text/html .png"),
        ("CON.txt", b"device"),
        ('"><script>hurt()</script>.png', png),
        ("web.config", b"<configuration/>"),
        ("double.php.jpg", b"<?php system($_GET[0]); ?>"),
    ]
    return disguised + polyglots + xml + drawn + large + named
