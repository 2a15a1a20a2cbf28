"""Memory that Pillow decodes a photo into, and that goes back row by row.

Pillow holds 4 bytes a pixel, and all of them until an image goes: while a large
photo is copied out of it, it would be there twice. Here the rows that were
copied go back to the system at once.
"""

import mmap

import numpy as np
from PIL import Image

# Pillow decodes them into whatever memory an image has; some others ask first
# which mode that memory is of.
_FORMATS = ("AVIF", "BMP", "JPEG", "MPO", "PNG", "WEBP")


class PixelMemory:
    """Memory of an image in RGB that goes back to the system row by row.

    Args:
        width: Of the image.
        height: Of the image.

    Attributes:
        image: Pillow image on that memory, of mode RGBX; its pixels are the
            bytes of the memory, in whatever way they got there.

    Raises:
        MemoryError: If there is not as much.
    """

    def __init__(self, width: int, height: int):
        size = 4 * width * height
        try:
            self._memory = _anonymous_memory(size)
        except OSError as error:
            raise MemoryError(
                f"a photo of {width}x{height} pixels needs more than there is "
                f"({error})"
            ) from error
        self.image = Image.frombuffer(
            "RGBX",
            (width, height),
            np.frombuffer(self._memory, np.uint8),
            "raw",
            "RGBX",
            0,
            1,
        )
        self._num_given = 0  # bytes

    def give_back(self, num_rows: int) -> None:
        """Gives the first rows back, as far as they fill pages of memory.

        They are black afterwards, where the system takes memory back (Linux);
        on others all of it goes when the image goes.
        """
        if not hasattr(mmap, "MADV_DONTNEED"):
            return
        end = 4 * self.image.width * num_rows
        end -= end % mmap.PAGESIZE
        if end > self._num_given:
            self._memory.madvise(
                mmap.MADV_DONTNEED, self._num_given, end - self._num_given
            )
            self._num_given = end


def load_into_memory(image: Image.Image) -> PixelMemory | None:
    """Decodes an image in RGB that is open, but not loaded yet.

    Returns:
        Its pixels; None where Pillow holds them as ever, of other modes and
        formats.
    """
    if image.mode != "RGB" or image.format not in _FORMATS:
        image.load()
        return None
    memory = PixelMemory(*image.size)
    shared = memory.image.im
    image.im = shared
    image.load()
    if image.im is not shared:  # it was decoded into another one
        return None
    if image.has_transparency_data:  # of RGBX Pillow would not find it
        image.im = memory.image.convert("RGB").im
        return None
    memory.image.info = image.info
    return memory


def _anonymous_memory(size: int) -> mmap.mmap:
    if hasattr(mmap, "MAP_ANONYMOUS"):
        # TRICKY: what processes may share does not go back row by row.
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        return mmap.mmap(-1, size, flags)
    return mmap.mmap(-1, size)
