"""What photo files carry beside pixels: EXIF, resolution, captions.

Pillow warns of damaged blocks and goes on; here that becomes notes. What it
keeps for the whole process (warnings, its limit) is set for a moment only.
"""

import dataclasses
import io
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from PIL import ExifTags
from PIL import Image

from keras_colorize.serving.images import tiff_structure as structure
from keras_colorize.serving.images.captions import Captions
from keras_colorize.serving.images.captions import photoshop_iptc
from keras_colorize.serving.images.captions import upright_xmp

# What Pillow and its C libraries raise on damaged files.
DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    RuntimeError,  # libavif
    struct.error,
    zlib.error,
)
# EXIF of a TIFF file lists how *its* pixels are stored; not for other files.
STORAGE_TAGS = frozenset(
    [*range(254, 260), 262, 266, 273, *range(277, 282), 284]
    + [*range(288, 294), 317, *range(320, 326), 330, 332, 333, 334, 336, 338]
    + [339, 340, 341, 347, *range(512, 522), *range(529, 533), 700, 33723]
    + [34377, 34675, 37724]
)
_TURNED = (5, 6, 7, 8)  # orientations that swap height and width
_MOST_DPI = 1e6
_SOFTWARE = 305
_ACROSS, _DOWN = 282, 283  # dots per unit
_RESOLUTION_TAGS = {_ACROSS, _DOWN, 296}
_ASCII, _SHORT, _LONG = 2, 3, 4  # types of entries
_WIDTH, _HEIGHT = 0xA002, 0xA003  # of the nested block
_COLOR_SPACE, _SRGB = 0xA001, 1
_INDEX = 1  # of the directory of interoperability
_SRGB_INDEX, _ADOBE_RGB_INDEX = b"R98\0", b"R03\0"
_PHOTOSHOP_IPTC = 0x0404
_JPEG_LIMIT = 65533  # bytes of a segment's content
_OURS = "keras-colorize"
_EXIF_START = b"Exif\0\0"
_PART_LEFT_OUT = "A part of the EXIF left out: it is damaged."
_PROFILE, _CREDENTIALS = 34675, 52545  # of TIFF
_ADOBE_RGB_TAKEN_AS_SRGB = (
    "EXIF says Adobe RGB and there is no profile: values were taken as sRGB."
)
CREDENTIALS_LEFT_OUT = (
    "Content credentials (C2PA) left out: they are of the photo as it was."
)

# What Pillow keeps for the whole process is changed by one thread at a time.
_pillow_lock = threading.Lock()


@contextmanager
def quiet_pillow(
    max_pixels: int | None = None,
) -> Iterator[list[warnings.WarningMessage]]:
    """Lets Pillow refuse bombs by our limit, and collects its warnings."""
    with _pillow_lock, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        previous = Image.MAX_IMAGE_PIXELS
        if max_pixels is not None:  # Pillow refuses above twice its limit
            Image.MAX_IMAGE_PIXELS = (max_pixels + 1) // 2
        try:
            yield warned
        finally:
            Image.MAX_IMAGE_PIXELS = previous


def notes_from(warned: list[warnings.WarningMessage]) -> tuple[str, ...]:
    """Returns what Pillow warned of, each sentence once."""
    return tuple(dict.fromkeys(str(w.message).strip() for w in warned))


@dataclasses.dataclass(frozen=True)
class Metadata:
    """What a file carries beside its pixels.

    Attributes:
        orientation: How the pixels lie, 1 to 8 as EXIF counts.
        exif: EXIF block of a photo that is upright, or None.
        dpi: Dots per inch across and down of the upright photo, or None.
        captions: What people wrote about it.
        notes: One sentence for each thing that was left out.
    """

    orientation: int
    exif: bytes | None
    dpi: tuple[float, float] | None
    captions: Captions = Captions()
    notes: tuple[str, ...] = ()

    def with_captions(
        self, captions: Captions, size: tuple[int, int]
    ) -> "Metadata":
        """Adds the captions of a picture that is stored in that size."""
        xmp = upright_xmp(captions.xmp, *_upright_size(size, self.orientation))
        captions = dataclasses.replace(captions, xmp=xmp)
        return dataclasses.replace(self, captions=captions)


def turns_on_its_side(image: Image.Image) -> bool:
    """Tells whether loading will turn this TIFF file by 90 degrees."""
    if image.format != "TIFF":
        return False
    with quiet_pillow():  # read here, a damaged block is not warned of
        return image.getexif().get(ExifTags.Base.Orientation) in _TURNED


def read_metadata(image: Image.Image, is_turned: bool = False) -> Metadata:
    """Reads the metadata of a loaded image.

    Pillow turns TIFF files itself as it loads them and drops their tag then,
    but leaves their resolution.

    Args:
        image: Loaded; stays as it is.
        is_turned: What `turns_on_its_side` said before.
    """
    orientation, exif, notes, stored = 1, None, (), None
    try:
        with quiet_pillow() as warned:
            said = image.getexif().get(ExifTags.Base.Orientation, 1)
            block = _block_of(image)
        if block:
            stored, linked, is_damaged = _read_block(block)
            if not stored.tags:
                raise ValueError("it has no readable entry")
            size = _upright_size(image.size, said)
            exif = _upright_block(stored, linked, size, said in _TURNED)
            notes = (_PART_LEFT_OUT,) if is_damaged else ()
            if not image.info.get("icc_profile"):
                notes += _notes_on_color(linked)
        orientation, notes = said, notes_from(warned) + notes
    except (*DECODE_ERRORS, AttributeError) as error:
        notes = (f"EXIF block left out: it is damaged ({error}).",)
    dpi = _read_dpi(image, stored)
    if dpi and (is_turned or orientation in _TURNED):
        dpi = (dpi[1], dpi[0])
    size = _upright_size(image.size, orientation)
    captions, more = _captions_of(image, size)
    return Metadata(orientation, exif, dpi, captions, notes + more)


def read_tiff_metadata(
    file: IO[bytes], directory: structure.Directory, size: tuple[int, int]
) -> Metadata:
    """Reads the metadata of a page of a TIFF.

    Args:
        file: The TIFF.
        directory: Of the page.
        size: Width and height of the page, as it is stored.
    """
    orientation = directory.value(ExifTags.Base.Orientation, 1)
    size = _upright_size(size, orientation)
    lost = [
        number for number in directory.damaged if number not in STORAGE_TAGS
    ]
    notes = [
        f"TIFF entry {number} left out: it lies outside the file."
        for number in lost
    ]
    dpi = _dpi_of_tags(directory)
    if dpi and orientation in _TURNED:
        dpi = (dpi[1], dpi[0])
    xmp, iptc = directory.data_of(700), _iptc_of_tags(directory)
    captions = Captions(upright_xmp(xmp, *size), iptc)
    left_out = (*STORAGE_TAGS, ExifTags.Base.Orientation, _CREDENTIALS)
    if _CREDENTIALS in directory.tags:
        notes.append(CREDENTIALS_LEFT_OUT)
    tags = {n: t for n, t in directory.tags.items() if n not in left_out}
    linked, is_damaged = structure.read_exif_directories(file, directory)
    if is_damaged:
        notes.append(_PART_LEFT_OUT)
    if _PROFILE not in directory.tags:
        notes += _notes_on_color(linked)
    block = None
    if tags.keys() - _RESOLUTION_TAGS:
        plain = dataclasses.replace(directory, tags=tags)
        block = _upright_block(plain, linked, size, orientation in _TURNED)
    return Metadata(orientation, block, dpi, captions, tuple(notes))


def stamp_exif(exif: bytes | None, maker: str) -> bytes:
    """Adds who made a picture to the Software entry of its EXIF.

    Args:
        exif: EXIF block, or None for a new one.
        maker: Name, a space, and what else there is to say; an older entry
            with the same name is replaced, others are kept.
    """
    directory, linked = structure.Directory({}, "<"), {}
    if exif:
        directory, linked = exif_directories(exif)
    name = maker.split()[0].encode()
    software = (directory.data_of(_SOFTWARE) or b"").strip(b" \0")
    kept = [e for e in software.split(b"; ") if e and name not in e]
    text = b"; ".join([*kept, maker.encode()])
    tags = {**directory.tags, _SOFTWARE: structure.Tag(_ASCII, text + b"\0")}
    return _exif_block(dataclasses.replace(directory, tags=tags), linked)


def is_ours(exif: bytes | None) -> bool:
    """Says whether a photo was colorized here, as its Software entry says."""
    entries = software_of(exif).split("; ")
    ours = [entry for entry in entries if entry.startswith(f"{_OURS} ")]
    return bool(ours) and "strength 0" not in ours[-1].split(", ")


def fit_exif(exif: bytes | None) -> tuple[bytes | None, tuple[str, ...]]:
    """Makes an EXIF block fit into a JPEG file, which has 64 KB for it.

    Returns:
        The block without its longest entries, and their names.
    """
    if exif is None or len(exif) <= _JPEG_LIMIT:
        return exif, ()
    directory, linked = exif_directories(exif)
    parts = {0: directory, **linked}
    names = []
    while len(exif) > _JPEG_LIMIT:
        _, part, number = max(
            (len(tag.data), part, number)
            for part, one in parts.items()
            for number, tag in one.tags.items()
        )
        tags = dict(parts[part].tags)
        del tags[number]
        parts[part] = dataclasses.replace(parts[part], tags=tags)
        names.append(ExifTags.TAGS.get(number, str(number)))
        linked = {number: parts[number] for number in linked}
        exif = _exif_block(parts[0], linked)
    return exif, tuple(names)


def exif_directories(
    exif: bytes,
) -> tuple[structure.Directory, dict[int, structure.Directory]]:
    """Reads the directories of an EXIF block: the first, and linked ones.

    Raises:
        ValueError: If the block is damaged.
    """
    directory, linked, _ = _read_block(exif)
    return directory, linked


def text_of(exif: bytes | None, number: int) -> str:
    """Reads an entry of the first directory of an EXIF block as text.

    Args:
        exif: EXIF block, or None.
        number: Of the entry.

    Returns:
        The text, empty if there is none. EXIF says ASCII; what is more than
        that is read as UTF-8 if it is that, else as Latin-1.
    """
    directory = exif_directories(exif)[0] if exif else None
    data = (directory and directory.data_of(number)) or b""
    data = data.strip(b" \0")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def software_of(exif: bytes | None) -> str:
    """Reads the Software entry of an EXIF block; empty if there is none."""
    return text_of(exif, _SOFTWARE)


def _block_of(image: Image.Image) -> bytes | None:
    """The EXIF block of an image: its bytes, unless somebody changed it."""
    exif, block = image.getexif(), image.info.get("exif")
    if block:
        unchanged = Image.Exif()
        unchanged.load(block)
        orientation = exif.get(ExifTags.Base.Orientation)
        if orientation is not None:  # Pillow finds it in XMP, too
            unchanged[ExifTags.Base.Orientation] = orientation
        if unchanged.tobytes() == exif.tobytes():
            return block
    if not exif:
        return None
    # Pillow takes what is no ASCII for Latin-1, and would write "?" for it.
    texts = {tag: text for tag, text in exif.items() if isinstance(text, str)}
    try:
        exif.update({tag: _as_read(text) for tag, text in texts.items()})
        return exif.tobytes()
    finally:
        exif.update(texts)


def _as_read(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def _read_block(
    exif: bytes,
) -> tuple[structure.Directory, dict[int, structure.Directory], bool]:
    """Reads the directories of a block, and whether a part is damaged."""
    while exif.startswith(_EXIF_START):
        exif = exif.removeprefix(_EXIF_START)
    file = io.BytesIO(exif)
    directory = structure.read_chain(file)[0]
    return directory, *structure.read_exif_directories(file, directory)


def _exif_block(
    directory: structure.Directory,
    linked: dict[int, structure.Directory],
) -> bytes:
    return _EXIF_START + structure.directory_file(directory, linked)


def _upright_block(
    directory: structure.Directory,
    linked: dict[int, structure.Directory],
    size: tuple[int, int],
    is_turned: bool,
) -> bytes:
    """Writes the block of an upright photo, of all entries but of storage.

    Args:
        directory: The first one.
        linked: Those it points to, by the number of the entry.
        size: Width and height of the upright photo.
        is_turned: Whether it lies on its side in the file.
    """
    tags = {n: t for n, t in directory.tags.items() if n not in STORAGE_TAGS}
    if ExifTags.Base.Orientation in tags:
        upright = struct.pack(directory.order + "H", 1)
        tags[ExifTags.Base.Orientation] = structure.Tag(_SHORT, upright)
    if is_turned:
        across, down = tags.pop(_ACROSS, None), tags.pop(_DOWN, None)
        swapped = {_ACROSS: down, _DOWN: across}
        tags |= {n: tag for n, tag in swapped.items() if tag}
    order = directory.order
    changed = {  # of results, which are upright and sRGB
        structure.EXIF_DIRECTORY: {
            _WIDTH: structure.Tag(_LONG, struct.pack(order + "I", size[0])),
            _HEIGHT: structure.Tag(_LONG, struct.pack(order + "I", size[1])),
            _COLOR_SPACE: structure.Tag(
                _SHORT, struct.pack(order + "H", _SRGB)
            ),
        },
        structure.INTEROPERABILITY: {
            _INDEX: structure.Tag(_ASCII, _SRGB_INDEX)
        },
    }
    linked = {
        number: _with_changed(other, changed.get(number, {}))
        for number, other in linked.items()
    }
    return _exif_block(dataclasses.replace(directory, tags=tags), linked)


def _with_changed(
    directory: structure.Directory, changed: dict[int, structure.Tag]
) -> structure.Directory:
    """Returns a directory with other values of entries that it has."""
    tags = {n: changed.get(n, tag) for n, tag in directory.tags.items()}
    return dataclasses.replace(directory, tags=tags)


def _notes_on_color(
    linked: dict[int, structure.Directory],
) -> tuple[str, ...]:
    other = linked.get(structure.INTEROPERABILITY)
    if other is None or other.data_of(_INDEX) != _ADOBE_RGB_INDEX:
        return ()
    return (_ADOBE_RGB_TAKEN_AS_SRGB,)


def _read_dpi(
    image: Image.Image, exif: structure.Directory | None
) -> tuple[float, float] | None:
    """Reads dots per inch across and down, None where nobody knows."""
    # Of a JPEG that does not say it itself, Pillow takes one way for both.
    is_jpeg = image.format in ("JPEG", "MPO")
    if exif is not None and is_jpeg and not image.info.get("jfif_unit"):
        return _dpi_of_tags(exif)
    try:
        across, down = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    # Zero, or not a number, is how files say that they do not know.
    usable = 0 < across < _MOST_DPI and 0 < down < _MOST_DPI
    return (across, down) if usable else None


def _upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return (size[1], size[0]) if orientation in _TURNED else size


def _captions_of(
    image: Image.Image, size: tuple[int, int]
) -> tuple[Captions, tuple[str, ...]]:
    """Captions as Pillow found them, and what it did not find."""
    xmp, comment = image.info.get("xmp"), image.info.get("comment")
    if isinstance(xmp, str):
        xmp = xmp.encode("utf-8")
    if isinstance(comment, str):
        comment = comment.encode("utf-8")
    resources = image.info.get("photoshop")
    iptc = resources.get(_PHOTOSHOP_IPTC) if resources else None
    notes = ()
    if xmp and b"HasExtendedXMP" in xmp:
        notes = ("The second part of the XMP left out; it is over 64 KB.",)
    if any(
        name == "APP11" and data.startswith(b"JP")  # boxes of JUMBF
        for name, data in getattr(image, "applist", ())
    ):
        notes += (CREDENTIALS_LEFT_OUT,)
    captions = Captions(upright_xmp(xmp, *size) or None, iptc or None)
    if image.format in ("JPEG", "MPO", "GIF") and comment:
        captions = dataclasses.replace(captions, comment=comment)
    return captions, notes


def _iptc_of_tags(directory: structure.Directory) -> bytes | None:
    """Finds IPTC records of a TIFF, alone or in a block of Photoshop."""
    data = directory.data_of(33723)
    tag = directory.tags.get(33723)
    if data and tag and tag.kind == 4 and data[:1] != b"\x1c":
        # Text that was written as whole numbers of the other byte order.
        other = "<" if directory.order == ">" else ">"
        data = struct.pack(
            f"{other}{len(data) // 4}I", *directory.values(33723)
        )
    if data and data[:1] == b"\x1c":
        return data
    return photoshop_iptc(directory.data_of(34377) or b"")


def _dpi_of_tags(
    directory: structure.Directory,
) -> tuple[float, float] | None:
    unit = directory.value(296, 2)
    per_inch = {2: 1.0, 3: 2.54}.get(unit)
    dots = []
    for number in (_ACROSS, _DOWN):
        above, below = (*directory.values(number), 0, 0)[:2]
        dots.append(above / below if above and below else 0.0)
    if per_inch is None or min(dots) <= 0 or max(dots) >= _MOST_DPI:
        return None
    return (dots[0] * per_inch, dots[1] * per_inch)
