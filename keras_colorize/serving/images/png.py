"""Chunks of PNG files: texts, and what the file says of its brightness."""

import dataclasses
import io
import struct
import zlib
from collections.abc import Iterable
from collections.abc import Iterator
from typing import IO

from PIL import PngImagePlugin

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXT_KINDS = (b"tEXt", b"zTXt", b"iTXt")
XMP_KEYWORD = b"XML:com.adobe.xmp"
IPTC_KEYWORD = b"Raw profile type iptc"
# What Pillow reads by itself, and what it refuses above 1 MB.
_READ_BY_PILLOW = (b"Raw profile type exif", b"Raw profile type APP1")
_LONGEST_TEXT = 2**24
_CREDENTIALS = b"caBX"
_LINEAR, _PQ, _HLG = 8, 16, 18
_GAMMAS = {4: 2.2, 5: 2.8, _LINEAR: 1.0}
_SRGB_GAMMA = 1 / 2.2
_GAMMA_TOLERANCE = 0.02
TRANSFER_NAMES = {_PQ: "PQ", _HLG: "HLG"}


@dataclasses.dataclass(frozen=True)
class PngFacts:
    """What a PNG file carries that Pillow does not read, or not all of it.

    Attributes:
        texts: Chunks of text as they are, kind and content, without XMP and
            IPTC.
        xmp: XMP packet, or None.
        iptc: IPTC records, or None.
        decoding_gamma: Exponent from a stored value to linear light; None
            where values are sRGB or an ICC profile says what they are.
        unread_transfer: Name of an HDR transfer, "PQ" or "HLG", else "".
        bits: Of each value; of the colors where these are in a palette.
        has_credentials: Whether there is a manifest of C2PA.
    """

    texts: tuple[bytes, ...] = ()
    xmp: bytes | None = None
    iptc: bytes | None = None
    decoding_gamma: float | None = None
    unread_transfer: str = ""
    bits: int = 8
    has_credentials: bool = False


def read_facts(file: IO[bytes]) -> tuple[PngFacts, IO[bytes]]:
    """Reads the chunks beside the pixels.

    Returns:
        What they say, and a file for Pillow: without texts that it would
        refuse, where there are some.
    """
    texts, kept, small = [], [SIGNATURE], {}
    xmp = iptc = None
    has_credentials = False
    file.seek(len(SIGNATURE))
    for kind, data in chunks(file):
        has_credentials |= kind == _CREDENTIALS
        if kind not in TEXT_KINDS:
            kept.append(chunk(kind, data))
            if len(data) < 64:
                small.setdefault(kind, data)
            elif kind == b"iCCP":
                small.setdefault(kind, b"")
            continue
        keyword = data.partition(b"\0")[0]
        if keyword == XMP_KEYWORD:
            xmp = text_of(kind, data) or None
        elif keyword == IPTC_KEYWORD:
            iptc = _raw_profile(text_of(kind, data))
        elif keyword not in _READ_BY_PILLOW:
            texts.append(kind + data)
        if keyword in _READ_BY_PILLOW:
            kept.append(chunk(kind, data))
    gamma, transfer = _transfer(small)
    facts = PngFacts(
        texts=tuple(texts),
        xmp=xmp,
        iptc=iptc,
        decoding_gamma=gamma,
        unread_transfer=transfer,
        bits=_bits(small),
        has_credentials=has_credentials,
    )
    if not (texts or xmp or iptc):
        file.seek(0)
        return facts, file
    return facts, io.BytesIO(b"".join(kept))


def chunks(file: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yields kind and content of each chunk from here on."""
    while len(head := file.read(8)) == 8:
        (length,) = struct.unpack(">I", head[:4])
        data = file.read(length)
        file.read(4)
        if len(data) < length:
            # Pillow says what is wrong with it.
            yield head[4:], data
            return
        yield head[4:], data


def chunk(kind: bytes, data: bytes) -> bytes:
    """Packs one chunk."""
    file = io.BytesIO()
    PngImagePlugin.putchunk(file, kind, data)
    return file.getvalue()


def with_chunks(png: bytes, added: Iterable[bytes]) -> bytes:
    """Adds chunks, each kind and content, to a PNG file behind its header."""
    end = len(SIGNATURE) + 25
    parts = [chunk(each[:4], each[4:]) for each in added]
    return b"".join([png[:end], *parts, png[end:]])


def xmp_chunk(xmp: bytes) -> bytes:
    """Makes kind and content of the chunk that holds an XMP packet."""
    return b"iTXt" + XMP_KEYWORD + b"\0\0\0\0\0" + xmp


def iptc_chunk(iptc: bytes) -> bytes:
    """Makes kind and content of the chunk for IPTC, as ImageMagick has it."""
    digits = iptc.hex()
    lines = [digits[i : i + 72] for i in range(0, len(digits), 72)]
    text = f"\niptc\n{len(iptc):8d}\n" + "\n".join(lines) + "\n"
    content = IPTC_KEYWORD + b"\0\0" + zlib.compress(text.encode("ascii"))
    return b"zTXt" + content


def comment_chunk(comment: bytes) -> bytes:
    """Makes kind and content of the chunk for a JPEG file's comment."""
    try:
        text = comment.decode("utf-8")
    except UnicodeDecodeError:
        text = comment.decode("latin-1")
    return b"iTXt" + b"Comment\0\0\0\0\0" + text.encode("utf-8")


def text_of(kind: bytes, data: bytes) -> bytes:
    """Expands the text of a chunk; empty if it is damaged or too long."""
    _, _, rest = data.partition(b"\0")
    is_packed = kind == b"zTXt"
    if kind == b"zTXt":
        rest = rest[1:]
    elif kind == b"iTXt":
        is_packed = rest[:1] == b"\1"
        rest = rest[2:].split(b"\0", 2)[-1]
    if not is_packed:
        return rest
    expander = zlib.decompressobj()
    try:
        text = expander.decompress(rest, _LONGEST_TEXT)
    except zlib.error:
        return b""
    return text if expander.eof else b""


def _raw_profile(text: bytes) -> bytes | None:
    """Reads IPTC from the hexadecimal digits behind its name and length."""
    parts = text.split()
    try:
        data = bytes.fromhex(b"".join(parts[2:]).decode("ascii"))
    except (ValueError, UnicodeDecodeError):
        return None
    # ImageMagick may wrap it in a Photoshop resource.
    start = data.find(b"\x1c\x02") if data[:4] == b"8BIM" else 0
    return data[max(start, 0) :] or None


def _transfer(small: dict[bytes, bytes]) -> tuple[float | None, str]:
    """Reads the exponent to linear light, and the name of another transfer.

    The order of the PNG specification, third edition, section 4.3: cICP,
    iCCP, sRGB, gAMA.
    """
    cicp = small.get(b"cICP", b"")
    if len(cicp) == 4 and cicp[1] != 2:
        if cicp[1] in TRANSFER_NAMES:
            return None, TRANSFER_NAMES[cicp[1]]
        return _GAMMAS.get(cicp[1]), ""
    gamma = small.get(b"gAMA", b"")
    if b"iCCP" in small or b"sRGB" in small or len(gamma) != 4:
        return None, ""
    value = struct.unpack(">I", gamma)[0] / 100_000
    if value <= 0 or abs(value - _SRGB_GAMMA) < _GAMMA_TOLERANCE:
        return None, ""
    return 1 / value, ""


def _bits(small: dict[bytes, bytes]) -> int:
    header = small.get(b"IHDR", b"")
    has_palette = header[9:10] == b"\3"
    return 8 if has_palette or len(header) < 13 else header[8]
