"""Fields of written Matroska and AVI files for which PyAV has no door.

FFmpeg's muxers take the shape of a pixel from the stream, where PyAV 18.1
sets it on the codec only, and the silence that primes an AAC decoder from a
field that is lost on the way. Both are put into the headers afterwards, into
the empty space that the muxers leave there; no other byte moves.
"""

import math
import struct
import zlib
from fractions import Fraction
from pathlib import Path

# Elements of Matroska (RFC 9559).
_SEGMENT = b"\x18\x53\x80\x67"
_SEEK_HEAD = b"\x11\x4d\x9b\x74"
_SEEK = b"\x4d\xbb"
_SEEK_POSITION = b"\x53\xac"
_TRACKS = b"\x16\x54\xae\x6b"
_TRACK_ENTRY = b"\xae"
_VIDEO = b"\xe0"
_DISPLAY_WIDTH = b"\x54\xb0"
_DISPLAY_HEIGHT = b"\x54\xba"
_DISPLAY_UNIT = b"\x54\xb2"  # FFmpeg writes 4, which is "unknown"
_CODEC_DELAY = b"\x56\xaa"
_CRC_32 = b"\xbf"
_VOID = b"\xec"
_HEADER_BYTES = 2**20  # where the header of a file we wrote ends, at most

Element = tuple[bytes, bytes]


def display_size(width: int, height: int, shape: Fraction) -> tuple[int, int]:
    """Returns the size in square pixels with exactly the shape of a picture.

    Args:
        width: Of the picture, in pixels as stored.
        height: Of the picture.
        shape: Width of a stored pixel in heights.
    """
    aspect = Fraction(width, height) * shape
    scale = math.ceil(
        max(width / aspect.numerator, height / aspect.denominator)
    )
    exact = aspect.numerator * scale, aspect.denominator * scale
    if exact[0] > 2 * width * max(shape, 1):  # no small numbers have it
        return round(width * shape), height
    return exact


def write_matroska_fields(
    path: Path,
    display: tuple[int, int] | None,
    delays: dict[int, Fraction],
) -> bool:
    """Adds fields to the tracks of a Matroska file that FFmpeg wrote.

    Args:
        path: The file.
        display: (width, height) at which the video of track 0 is shown, or
            None to leave it out.
        delays: Seconds at the start of tracks that are decoded but not heard,
            by number of the track, from 0 on.

    Returns:
        False, and nothing is written, if there is no room.
    """
    with path.open("r+b") as file:
        header = file.read(_HEADER_BYTES)
        places = _top_elements(header)
        if not {_SEEK_HEAD, _VOID, _TRACKS} <= places.keys():
            return False
        segment, seek_head = places[_SEGMENT][1], places[_SEEK_HEAD]
        void, tracks = places[_VOID], places[_TRACKS]
        entries = _parsed(header[tracks[1] : tracks[2]])
        entries = _with_fields(entries, display, delays)
        new_tracks = _encoded(_TRACKS, entries)
        grown = len(new_tracks) - (tracks[2] - tracks[0])
        if grown < 0:  # numbers in the seek head must not grow
            filler = bytes(max(-grown - 2, 0))
            new_tracks = _encoded(_TRACKS, [*entries, (_VOID, filler)])
            grown = len(new_tracks) - (tracks[2] - tracks[0])
        room = void[2] - void[0] - grown
        if not seek_head[2] == void[0] < tracks[0] or room < 2:
            return False
        moved = range(void[2] - segment, tracks[2] - segment)
        seeks = _parsed(header[seek_head[1] : seek_head[2]])
        new_head = _encoded(_SEEK_HEAD, _moved(seeks, moved, grown))
        if len(new_head) != seek_head[2] - seek_head[0]:
            return False
        file.seek(seek_head[0])
        file.write(new_head)
        file.write(_void(room))
        file.write(header[void[2] : tracks[0]])
        file.write(new_tracks)
    return True


def tells_delay(header: bytes) -> bool:
    """Tells whether a track of a Matroska header has a delay of its own."""
    places = _top_elements(header)
    if _TRACKS not in places:
        return False
    tracks = places[_TRACKS]
    return any(
        name == _CODEC_DELAY
        for kind, entry in _parsed(header[tracks[1] : tracks[2]])
        if kind == _TRACK_ENTRY
        for name, _ in _parsed(entry)
    )


def write_avi_aspect(path: Path, aspect: Fraction) -> bool:
    """Adds the aspect of the picture to an AVI file that FFmpeg wrote.

    Args:
        path: The file.
        aspect: Width of the picture as shown, in heights.

    Returns:
        False, and nothing is written, if there is no room.
    """
    aspect = aspect.limit_denominator(2**15)
    with path.open("r+b") as file:
        header = file.read(_HEADER_BYTES)
        start = header.find(b"JUNK", header.find(b"strf"))
        end = header.find(b"LIST", header.find(b"strf"))
        if not 0 < start < end or aspect.numerator >= 2**16:
            return False
        width, height = _avi_size(header)
        (size,) = struct.unpack_from("<I", header, start + 4)
        # The properties of video as OpenDML defines them, one field a frame.
        properties = struct.pack(
            "<4sI5I2H3I8I",
            *(b"vprp", 68, 0, 0, 0, width, height),
            *(aspect.denominator, aspect.numerator, width, height, 1),
            *(height, width, height, width, 0, 0, 0, 0),
        )
        if size < len(properties):
            return False
        file.seek(start)
        file.write(properties)
        file.write(struct.pack("<4sI", b"JUNK", size - len(properties)))
    return True


def _avi_size(header: bytes) -> tuple[int, int]:
    place = header.find(b"strf")  # a BITMAPINFOHEADER
    return struct.unpack_from("<2I", header, place + 12)


def _top_elements(data: bytes) -> dict[bytes, tuple[int, int, int]]:
    """Finds start, content and end of the first element of each name.

    Of those that are in the segment up to its tracks, and of the segment.
    """
    places: dict[bytes, tuple[int, int, int]] = {}
    place = 0
    while place < len(data) - 12 and _TRACKS not in places:
        name, size, content = _head(data, place)
        end = content + size
        if name == _SEGMENT:
            end = content  # go on inside
        places.setdefault(name, (place, content, end))
        place = end
    return places


def _head(data: bytes, place: int) -> tuple[bytes, int, int]:
    """Reads name and size of the element at a place, and its content's."""
    length = 9 - data[place].bit_length()
    name, place = data[place : place + length], place + length
    length = 9 - data[place].bit_length()
    size = int.from_bytes(data[place : place + length], "big")
    return name, size & ~(1 << 7 * length), place + length


def _parsed(content: bytes) -> list[Element]:
    """Names and contents of the elements in the content of another."""
    elements, place = [], 0
    while place < len(content):
        name, size, start = _head(content, place)
        place = start + size
        elements.append((name, content[start:place]))
    return elements


def _encoded(name: bytes, elements: list[Element]) -> bytes:
    """Encodes an element of others, sized in as few bytes as can be.

    A checksum among them is made anew.
    """
    content = b"".join(
        _plain(child, value) for child, value in elements if child != _CRC_32
    )
    if any(child == _CRC_32 for child, _ in elements):
        checksum = zlib.crc32(content).to_bytes(4, "little")
        content = _plain(_CRC_32, checksum) + content
    return _plain(name, content)


def _plain(name: bytes, content: bytes) -> bytes:
    length = 1
    while len(content) >= (1 << 7 * length) - 1:
        length += 1
    size = len(content) | 1 << 7 * length
    return name + size.to_bytes(length, "big") + content


def _void(num_bytes: int) -> bytes:
    """Makes an empty element of so many bytes, two or more."""
    length = 1 if num_bytes < 128 else 8
    size = num_bytes - 1 - length
    return (
        _VOID + (size | 1 << 7 * length).to_bytes(length, "big") + bytes(size)
    )


def _number(name: bytes, value: int) -> Element:
    return name, value.to_bytes(max((value.bit_length() + 7) // 8, 1), "big")


def _with_fields(
    entries: list[Element],
    display: tuple[int, int] | None,
    delays: dict[int, Fraction],
) -> list[Element]:
    result, number = [], -1
    for name, content in entries:
        if name == _TRACK_ENTRY:
            number += 1
            fields = _parsed(content)
            if number == 0 and display:
                fields = [_shown(field, display) for field in fields]
            if number in delays:
                nanoseconds = round(delays[number] * 10**9)
                fields.append(_number(_CODEC_DELAY, nanoseconds))
            content = b"".join(_plain(*field) for field in fields)
        result.append((name, content))
    return result


def _shown(field: Element, display: tuple[int, int]) -> Element:
    name, content = field
    if name != _VIDEO:
        return field
    kept = [
        child
        for child in _parsed(content)
        if child[0] not in (_DISPLAY_WIDTH, _DISPLAY_HEIGHT, _DISPLAY_UNIT)
    ]
    kept.append(_number(_DISPLAY_WIDTH, display[0]))
    kept.append(_number(_DISPLAY_HEIGHT, display[1]))
    return name, b"".join(_plain(*child) for child in kept)


def _moved(seeks: list[Element], moved: range, by: int) -> list[Element]:
    """Entries of the seek head after the elements they name moved up."""
    result = []
    for name, content in seeks:
        if name == _SEEK:
            fields = dict(_parsed(content))
            place = int.from_bytes(fields[_SEEK_POSITION], "big")
            if place in moved:
                width = len(fields[_SEEK_POSITION])
                fields[_SEEK_POSITION] = (place - by).to_bytes(width, "big")
            content = b"".join(_plain(*field) for field in fields.items())
        result.append((name, content))
    return result
