"""PDFs made here, honest and hostile, so that none lies in the repository."""

import zlib

PAGE = b"BT /F1 48 Tf 72 600 Td (Invoice) Tj ET 1 0 0 rg 0 0 595 200 re f"
FONT = b"/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"


def written(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first of which is its root."""
    out, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer<</Size %d/Root 1 0 R%b>>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, trailer, len(out))
    )


def stream(content: bytes, head: bytes = b"") -> bytes:
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (head, len(content), content)


def page(
    content: bytes = PAGE,
    *,
    box: bytes = b"0 0 595 842",
    count: int = 1,
    resources: bytes = FONT,
    more: tuple[bytes, ...] = (),
    trailer: bytes = b"",
) -> bytes:
    """One page of this size, said to be the first of `count`; `more` objects begin at 5."""
    return written(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count %d>>" % count,
        b"<</Type/Page/Parent 2 0 R/MediaBox[%b]/Contents 4 0 R/Resources<<%b>>>>"
        % (box, resources),
        stream(content),
        *more,
        trailer=trailer,
    )


def locked() -> bytes:
    """One that asks for a password."""
    return page(
        more=(b"<</Filter/Standard/V 1/R 2/P -4/O<%b>/U<%b>>>" % (b"41" * 32, b"42" * 32),),
        trailer=b"/Encrypt 5 0 R/ID[<00><00>]",
    )


def its_own_child() -> bytes:
    """A tree of pages that never ends."""
    return written(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 1>>")


def endless_drawing() -> bytes:
    """Forms that draw each other: 16 times 16 times and so on."""
    forms = 12
    objects = tuple(
        stream(
            b"/X Do " * 16 if number < forms else b"0 0 595 842 re f ",
            b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</X %d 0 R>>>>"
            % (5 + number),
        )
        for number in range(1, forms + 1)
    )
    return page(b"/X Do", resources=b"/XObject<</X 5 0 R>>", more=objects)


def picture_bomb() -> bytes:
    """A page with one picture that says it has 1,600 megapixels, in next to no bytes."""
    packed = zlib.compress(b"\0" * 200_000_000, 1)
    head = (
        b"/Type/XObject/Subtype/Image/Width 40000/Height 40000/ColorSpace/DeviceRGB"
        b"/BitsPerComponent 8/Filter/FlateDecode"
    )
    return page(
        b"595 0 0 842 0 0 cm /X Do",
        resources=b"/XObject<</X 5 0 R>>",
        more=(stream(packed, head),),
    )
