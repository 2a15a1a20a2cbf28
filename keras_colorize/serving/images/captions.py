"""What people wrote about a photo: XMP, IPTC, comments and PNG texts.

Who, where and when is the point of family albums and archives; it goes along
unchanged, but for what is no longer true: a photo that was turned is upright.
"""

import dataclasses
import re
import struct

from keras_colorize.serving.images import png

# The term of IPTC's list for pictures that a trained model has changed.
DIGITAL_SOURCE_TYPE = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/"
    "compositeWithTrainedAlgorithmicMedia"
)
_NAMESPACE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_NEW_PACKET = (
    b"<?xpacket begin='\xef\xbb\xbf' id='W5M0MpCehiHzreSzNTczkc9d'?>"
    b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>"
    b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    b"</rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
)
_ATTRIBUTE = rb"""(\b%s\s*=\s*["'])[^"']*(["'])"""
_ELEMENT = rb"(<%s(?:\s[^>]*)?>)[^<]*(</%s>)"
_RESOURCE = (  # <Iptc4xmpExt:DigitalSourceType rdf:resource="…"/>
    rb"""(<Iptc4xmpExt:DigitalSourceType\s+rdf:resource\s*=\s*["'])"""
    rb"""[^"']*(["'])"""
)
_PHOTOSHOP_IPTC = 0x0404
_JPEG_LIMIT = 65533  # bytes of a segment's content
_JPEG_MARKERS = {"XMP": 0xE1, "IPTC captions": 0xED, "Comment": 0xFE}
_XMP_MARK = b"http://ns.adobe.com/xap/1.0/\0"
_PHOTOSHOP_MARK = b"Photoshop 3.0\0"
_JP2_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_HOLD_XMP = ("JPEG", "PNG", "TIFF", "WEBP", "AVIF", "HEIF", "JPEG2000")
_HOLD_IPTC = ("JPEG", "PNG", "TIFF")
_HOLD_COMMENT = ("JPEG", "PNG", "GIF")
_NAMES = {"WEBP": "WebP", "HEIF": "HEIC", "JPEG2000": "JPEG 2000"}


@dataclasses.dataclass(frozen=True)
class Captions:
    """What is written about a photo, beside its EXIF.

    Attributes:
        xmp: XMP packet, or None.
        iptc: IPTC records (IIM), or None.
        comment: Comment of a JPEG or GIF file, or None.
        texts: Chunks of text of a PNG file, kind and content.
    """

    xmp: bytes | None = None
    iptc: bytes | None = None
    comment: bytes | None = None
    texts: tuple[bytes, ...] = ()


def upright_xmp(xmp: bytes | None, width: int, height: int) -> bytes | None:
    """Makes XMP that of a photo of a size whose pixels are upright."""
    if xmp is None:
        return None
    for name, value in (
        ("tiff:Orientation", 1),
        ("tiff:ImageWidth", width),
        ("tiff:ImageLength", height),
        ("exif:PixelXDimension", width),
        ("exif:PixelYDimension", height),
    ):
        xmp = _with_value(xmp, name, str(value))
    return xmp


def mark_xmp(xmp: bytes | None) -> bytes:
    """Makes XMP say that a trained model has changed the picture.

    Args:
        xmp: A packet to put it into; what it says of the source is replaced.
            One that is no UTF-8 text of RDF is replaced as a whole.
    """
    packet = xmp if xmp and b"<rdf:RDF" in xmp else _NEW_PACKET
    changed = _with_value(
        packet, "Iptc4xmpExt:DigitalSourceType", DIGITAL_SOURCE_TYPE
    )
    changed = re.sub(
        _RESOURCE, rb"\g<1>" + DIGITAL_SOURCE_TYPE.encode() + rb"\g<2>", changed
    )
    if DIGITAL_SOURCE_TYPE.encode() in changed:
        return changed
    about = re.search(rb"""rdf:about\s*=\s*["']([^"']*)["']""", packet)
    added = (
        f"<rdf:Description xmlns:Iptc4xmpExt='{_NAMESPACE}' rdf:about='"
    ).encode() + (about.group(1) if about else b"")
    added += (
        f"' Iptc4xmpExt:DigitalSourceType='{DIGITAL_SOURCE_TYPE}'/>"
    ).encode()
    start = re.search(rb"<rdf:RDF[^>]*?(/?)>", packet)
    if start is None:
        return mark_xmp(None)
    if start.group(1):  # an empty one, <rdf:RDF .../>
        opened = start.group()[:-2] + b">" + added + b"</rdf:RDF>"
        return packet[: start.start()] + opened + packet[start.end() :]
    return packet[: start.end()] + added + packet[start.end() :]


def photoshop_iptc(blocks: bytes) -> bytes | None:
    """Finds IPTC records in the resources that Photoshop writes."""
    place = 0
    while blocks[place : place + 4] == b"8BIM":
        (number,) = struct.unpack_from(">H", blocks, place + 4)
        name = blocks[place + 6] + 1 if place + 6 < len(blocks) else 1
        start = place + 6 + name + name % 2
        if start + 4 > len(blocks):
            return None
        (size,) = struct.unpack_from(">I", blocks, start)
        if number == _PHOTOSHOP_IPTC:
            return blocks[start + 4 : start + 4 + size] or None
        place = start + 4 + size + size % 2
    return None


def dropped_captions(captions: Captions, format: str) -> tuple[str, ...]:
    """Says in one sentence each what a format cannot hold."""
    name = _NAMES.get(format, format)
    notes = []
    if captions.xmp and format not in _HOLD_XMP:
        notes.append(f"XMP left out: {name} holds none.")
    if captions.iptc and format not in _HOLD_IPTC:
        notes.append(f"IPTC captions left out: {name} holds none.")
    if captions.comment and format not in _HOLD_COMMENT:
        notes.append(f"The comment was left out: {name} holds none.")
    if captions.texts and format != "PNG":
        names = dict.fromkeys(
            text[4:].partition(b"\0")[0].decode("latin-1")
            for text in captions.texts
        )
        notes.append(
            f"PNG texts left out ({', '.join(names)}): {name} holds none."
        )
    return tuple(notes)


def too_long_captions(captions: Captions, format: str) -> tuple[str, ...]:
    """Says in one sentence each what is longer than a format holds."""
    if format != "JPEG":
        return ()
    long = {
        kind
        for kind, data in _jpeg_segments(captions)
        if len(data) > _JPEG_LIMIT
    }
    return tuple(
        f"{kind} left out: JPEG holds at most 64 KB."
        for kind in ("XMP", "IPTC captions", "Comment")
        if kind in long
    )


def embed_in_jpeg(jpeg: bytes, captions: Captions) -> bytes:
    """Adds segments for captions to a JPEG file, behind those that it has."""
    place = 2
    while jpeg[place] == 0xFF and jpeg[place + 1] in (0xE0, 0xE1):
        place += 2 + struct.unpack_from(">H", jpeg, place + 2)[0]
    segments = [
        bytes([0xFF, _JPEG_MARKERS[kind]])
        + struct.pack(">H", len(data) + 2)
        + data
        for kind, data in _jpeg_segments(captions)
        if len(data) <= _JPEG_LIMIT
    ]
    whole = memoryview(jpeg)  # of a large photo: its halves would be copies
    return b"".join([whole[:place], *segments, whole[place:]])


def _jpeg_segments(captions: Captions) -> list[tuple[str, bytes]]:
    """Pairs of a kind of captions and the content of its segment."""
    segments = []
    if xmp := captions.xmp:
        if len(xmp) + len(_XMP_MARK) > _JPEG_LIMIT:
            xmp = _without_padding(xmp)
        segments.append(("XMP", _XMP_MARK + xmp))
    if captions.iptc:
        size = struct.pack(">HHI", _PHOTOSHOP_IPTC, 0, len(captions.iptc))
        padding = b"\0" * (len(captions.iptc) % 2)
        block = b"8BIM" + size + captions.iptc + padding
        segments.append(("IPTC captions", _PHOTOSHOP_MARK + block))
    if captions.comment:
        segments.append(("Comment", captions.comment))
    return segments


def _without_padding(xmp: bytes) -> bytes:
    """Leaves out the room that a packet has for editors that grow it."""
    end = xmp.rfind(b"<?xpacket end")
    return xmp if end < 0 else xmp[:end].rstrip() + b"\n" + xmp[end:]


def embed_in_png(image: bytes, captions: Captions) -> bytes:
    """Adds chunks for captions to a PNG file."""
    added = list(captions.texts)
    if captions.xmp:
        added.append(png.xmp_chunk(captions.xmp))
    if captions.iptc:
        added.append(png.iptc_chunk(captions.iptc))
    if captions.comment:
        added.append(png.comment_chunk(captions.comment))
    return png.with_chunks(image, added)


def embed_in_jpeg2000(image: bytes, captions: Captions) -> bytes:
    """Adds a box for XMP to a JP2 file, behind its others."""
    if not captions.xmp:
        return image
    data = _JP2_XMP + captions.xmp
    return image + struct.pack(">I", len(data) + 8) + b"uuid" + data


def xmp_of_jpeg2000(file) -> bytes | None:
    """Reads the XMP of a JP2 file, None if there is none."""
    place = 0
    while True:
        file.seek(place)
        head = file.read(24)
        if len(head) < 8:
            return None
        (size,) = struct.unpack_from(">I", head)
        if head[4:8] == b"uuid" and head[8:24] == _JP2_XMP:
            file.seek(place + 24)
            return file.read(size - 24 if size else -1)
        if size < 8:
            return None
        place += size


def _with_value(xmp: bytes, name: str, value: str) -> bytes:
    """Replaces the value of a name that XMP has."""
    tag, new = re.escape(name.encode()), value.encode()

    def changed(match: re.Match) -> bytes:
        return match.group(1) + new + match.group(2)

    xmp = re.sub(_ATTRIBUTE % tag, changed, xmp)
    return re.sub(_ELEMENT % (tag, tag), changed, xmp)
