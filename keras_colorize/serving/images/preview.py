"""A JPEG of any photo file, for pages: browsers show no TIFF, rarely HEIC."""

import io
from dataclasses import dataclass

from PIL import Image

from keras_colorize.serving.images.read import read_photo

# More than any screen shows; a scan of A3 at 600 dpi has twice as many.
LONGEST_SIDE = 4096
_QUALITY = 90


@dataclass(frozen=True)
class Preview:
    """A photo to look at.

    Attributes:
        data: Bytes of a JPEG file, sRGB, without anything beside its pixels.
        width: Of the upright photo itself, in pixels.
        height: Of the upright photo itself.
    """

    data: bytes
    width: int
    height: int


def preview_photo(
    data: bytes, max_pixels: int, longest_side: int = LONGEST_SIDE
) -> Preview:
    """Makes a JPEG of a photo file, upright and no larger than screens are.

    Args:
        data: Bytes of the file; of several pages the first is shown.
        max_pixels: Photos with more are refused before decoding.
        longest_side: Of the JPEG, in pixels; smaller photos keep their size.

    Raises:
        PhotoError: If the file cannot be read.
        PhotoSizeError: If it has more pixels.
    """
    image = Image.fromarray(read_photo(data, max_pixels).rgb)
    width, height = image.size
    image.thumbnail((longest_side, longest_side), Image.Resampling.BOX)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    return Preview(file.getvalue(), width, height)
