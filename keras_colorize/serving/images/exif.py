"""What photo files carry beside pixels: EXIF and resolution.

Pillow warns of damaged blocks and goes on; here that becomes notes.
"""

import dataclasses
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import ExifTags
from PIL import Image

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
        notes: One sentence for each thing that was left out.
    """

    orientation: int
    exif: bytes | None
    dpi: tuple[float, float] | None
    notes: tuple[str, ...]


def turns_on_its_side(image: Image.Image) -> bool:
    """Whether loading will turn this TIFF file by 90 degrees."""
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
    orientation, exif, notes = 1, None, ()
    try:
        with quiet_pillow() as warned:
            block = Image.Exif()  # a copy: the image may be the caller's
            block.load(image.getexif().tobytes())
            if image.info.get("exif") and not block:
                raise ValueError("it has no readable entry")
            stored = block.get(ExifTags.Base.Orientation, 1)
            for tag in STORAGE_TAGS.intersection(block):
                del block[tag]
            if ExifTags.Base.Orientation in block:
                block[ExifTags.Base.Orientation] = 1
            exif = block.tobytes() if block else None
        orientation, notes = stored, notes_from(warned)
    except (*DECODE_ERRORS, AttributeError) as error:
        notes = (f"EXIF block left out: it is damaged ({error}).",)
    dpi = _read_dpi(image)
    if dpi and (is_turned or orientation in _TURNED):
        dpi = (dpi[1], dpi[0])
    return Metadata(orientation, exif, dpi, notes)


def stamp_exif(exif: bytes | None, maker: str) -> bytes:
    """Adds who made a picture to the Software entry of its EXIF.

    Args:
        exif: EXIF block, or None for a new one.
        maker: Name, a space, and what else there is to say; an older entry
            with the same name is replaced, others are kept.
    """
    block = Image.Exif()
    if exif:
        block.load(exif)
    name = maker.split()[0]
    entries = software_of(exif).split("; ")
    kept = [entry for entry in entries if entry and name not in entry]
    block[ExifTags.Base.Software] = "; ".join([*kept, maker])
    return block.tobytes()


def software_of(exif: bytes | None) -> str:
    """Reads the Software entry of an EXIF block; empty if there is none."""
    block = Image.Exif()
    if exif:
        block.load(exif)
    return str(block.get(ExifTags.Base.Software) or "").strip(" \0")


def _read_dpi(image: Image.Image) -> tuple[float, float] | None:
    """Reads dots per inch across and down, None where nobody knows."""
    try:
        across, down = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    # Zero, or not a number, is how files say that they do not know.
    usable = 0 < across < float("inf") and 0 < down < float("inf")
    return (across, down) if usable else None
