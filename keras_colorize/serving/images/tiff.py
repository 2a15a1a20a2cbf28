"""What the pages of a TIFF file are, and the values of their pixels.

Pillow has modes for a few kinds of TIFF and takes others for one of them: 12
bits for 16, signed for unsigned, white for black. Here values are read as
they are stored. Pillow's libtiff still expands the compressed ones: it gets a
copy of the page in which each byte of a row is a pixel.
"""

import dataclasses
import io
import itertools
import zlib
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import IO

import numpy as np
from PIL import Image

from keras_colorize.color.luminance import strips
from keras_colorize.serving.images import tiff_structure as structure
from keras_colorize.serving.images.exif import quiet_pillow
from keras_colorize.serving.images.kinds import CameraRawError
from keras_colorize.serving.images.kinds import UnreadableError
from keras_colorize.serving.images.sixteen_bit import note_on_dark
from keras_colorize.serving.images.sixteen_bit import white_of_floats
from keras_colorize.serving.images.tiff_structure import Directory

_ANY_NUMBER = 2**62  # of pixels
_BATCH_BYTES = 2**24
_NONE, _DEFLATES = 1, (8, 32946)
# LZW, PackBits, LZMA, Zstandard: bytes in, bytes out.
_BYTE_CODECS = (_NONE, *_DEFLATES, 5, 32773, 34925, 50000)
_OLD_JPEG = 6
_JPEGS = (_OLD_JPEG, 7)
_PILLOW_CODECS = (*_BYTE_CODECS, 2, 3, 4, *_JPEGS)
# Each strip or tile is a file of its own.
_FILE_CODECS = {50001: "WEBP", 34933: "PNG", 34712: "JPEG2000"}
_FILE_CODECS |= {33003: "JPEG2000", 33005: "JPEG2000"}
_CODEC_NAMES = {2: "fax", 3: "fax", 4: "fax", 5: "LZW", 6: "old JPEG"}
_CODEC_NAMES |= {7: "JPEG", 8: "deflate", 32946: "deflate", 32773: "PackBits"}
_CODEC_NAMES |= {34712: "JPEG 2000", 33003: "JPEG 2000", 33005: "JPEG 2000"}
_CODEC_NAMES |= {34887: "LERC", 34892: "lossy JPEG", 34925: "LZMA"}
_CODEC_NAMES |= {34933: "PNG", 34934: "JPEG XR", 50000: "Zstandard"}
_CODEC_NAMES |= {50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL"}
_COLOR_NAMES = {0: "gray", 1: "gray", 2: "RGB", 3: "palette", 4: "mask"}
_COLOR_NAMES |= {5: "CMYK", 6: "YCbCr", 8: "Lab", 9: "Lab", 10: "Lab"}
_COLOR_NAMES |= {32844: "LogL", 32845: "LogLuv"}
_WHITE_IS_0, _BLACK_IS_0, _RGB = 0, 1, 2
_UNSIGNED, _SIGNED, _FLOAT, _UNDEFINED = 1, 2, 3, 4
_ALPHAS = (1, 2)  # multiplied into the colors, or not
_RAW_COLORS = (32803, 34892)  # color filter array, linear raw
_RAW_CODECS = (34713, 32767, 32769, 32770, 65535, 65000)  # Nikon, Sony, ...
_DNG_VERSION = 50706
_REVERSED_BITS = bytes(int(f"{i:08b}"[::-1], 2) for i in range(256))
_MOST_SAMPLES = 32  # of a pixel
_PIXEL_BYTES = 8  # RGBA of 16 bits
_MANY = 0.01  # of the values, worth a note


@dataclasses.dataclass(frozen=True)
class Page:
    """What a directory says of its picture.

    Attributes:
        directory: All of its tags.
        width: In pixels.
        height: In pixels.
        bits: Of each sample, the most if they differ.
        sample_format: 1 unsigned, 2 signed, 3 floating point.
        photometric: 0 gray with white at 0, 1 gray, 2 RGB, others.
        num_samples: Of each pixel.
        compression: Number of the standard.
    """

    directory: Directory
    width: int
    height: int
    bits: int
    sample_format: int
    photometric: int
    num_samples: int
    compression: int

    @property
    def num_colors(self) -> int:
        """Samples of a pixel that are its color; others are extra ones."""
        return 3 if self.photometric == _RGB else 1

    @property
    def meanings(self) -> dict[int, int]:
        """What the file says of each extra sample; 0 where it says nothing."""
        extra = range(self.num_colors, self.num_samples)
        # Where the entry is missing, one more is alpha for most programs.
        usual = (2,) if len(extra) == 1 else ()
        said = self.directory.values(338, usual, most=len(extra))
        return dict(itertools.zip_longest(extra, said, fillvalue=0))

    @property
    def shown(self) -> tuple[int, ...]:
        """Samples of a pixel that are read: its colors, then its alpha."""
        alphas = [i for i, said in self.meanings.items() if said in _ALPHAS]
        return (*range(self.num_colors), *alphas[:1])

    @property
    def has_plain_values(self) -> bool:
        """Whether `read_samples` reads it: gray or RGB, lossless."""
        has_colors = self.photometric in (_WHITE_IS_0, _BLACK_IS_0, _RGB)
        return has_colors and self.compression in _BYTE_CODECS

    def __str__(self):
        """Describes it, such as "12-bit gray in JPEG 2000 compression"."""
        kind = {_SIGNED: "signed ", _FLOAT: "floating point "}
        kind = kind.get(self.sample_format, "")
        color = _COLOR_NAMES.get(
            self.photometric, f"photometric {self.photometric}"
        )
        extra = self.num_samples - self.num_colors
        with_extra = ""
        if self.photometric in (_WHITE_IS_0, _BLACK_IS_0, _RGB) and extra > 0:
            with_extra = f" with {extra} extra channel{'s' * (extra > 1)}"
        codec = _CODEC_NAMES.get(self.compression, str(self.compression))
        how = "without" if self.compression == _NONE else f"in {codec}"
        return f"{self.bits}-bit {kind}{color}{with_extra} {how} compression"


def read_pages(file: IO[bytes]) -> list[Page]:
    """Reads what pictures a file has: no thumbnails, reduced copies or masks.

    A file whose first picture is a reduced copy has the full one behind it
    or in a directory that the first one points to.

    Raises:
        ValueError: If the file is damaged before its first picture.
        UnreadableError: If its directories share what they hold, and would
            take many times the file's length.
        CameraRawError: If it is a camera's raw file.
    """
    budget = structure.Budget(file)
    chain = structure.read_chain(file, budget)
    if not chain:
        raise ValueError("it has no picture")
    linked = [_linked_pages(file, directory, budget) for directory in chain]
    everything = [*chain, *(page for pages in linked for page in pages)]
    _refuse_raw(everything)
    pages = []
    for directory, others in zip(chain, linked, strict=True):
        if not _is_reduced(directory):
            pages.append(directory)
        elif full := [page for page in others if not _is_reduced(page)]:
            pages.append(max(full, key=_num_pixels))
    if not pages:
        pages = [max(everything, key=_num_pixels)]
    return [_to_page(directory) for directory in pages]


def page_at(file: IO[bytes], index: int) -> Page:
    """Reads what the directory of that number, from 0, says of its picture."""
    return _to_page(structure.read_chain(file)[index])


def notes_on_range(samples: np.ndarray, page: Page) -> tuple[str, ...]:
    """Says where values do not fit between black and white.

    A scan of 12 bits whose file says 16 uses a sixteenth of the range; TIFF
    has no entry that may change that.
    """
    colors = samples[..., : page.num_colors]
    notes = []
    if page.sample_format == _FLOAT:
        unknown = _share_of(colors, np.isnan)
        if unknown > 0.0:
            share = max(unknown, 0.01)
            notes.append(f"{share:.0%} of the values are no numbers.")
    if page.sample_format != _UNSIGNED:
        below = _share_of(colors, lambda values: values < 0)
        if below > _MANY:
            notes.append(f"{below:.0%} of the values are below 0, thus black.")
    if page.sample_format == _FLOAT or page.bits == 32:
        white = _white_of(samples, page)
        above = _share_of(colors, lambda values: values > white)
        if above > _MANY:
            notes.append(f"{above:.0%} of the values are beyond white.")
        if white in (255.0, 65535.0):
            notes.append(
                f"White was taken to be {white:.0f}, as no value is far above."
            )
    is_long = page.bits == 16 and page.sample_format == _UNSIGNED
    if is_long and page.photometric != _WHITE_IS_0:
        notes += note_on_dark(int(colors.max()))
    return tuple(notes)


def read_samples(
    file: IO[bytes], page: Page, max_pixels: int = _ANY_NUMBER
) -> np.ndarray:
    """Reads the values of a page as they are stored.

    Args:
        file: Opened for reading bytes.
        page: One for which `has_plain_values` is true.
        max_pixels: Of the page; a part of it that is expanded at once may
            take as much memory as so many pixels, and not more.

    Returns:
        (H, W, `page.shown`) of the smallest type of NumPy that holds them:
        uint8 to uint64, int8 to int64, float16 to float64.

    Raises:
        UnreadableError: If such values are not read.
        ValueError: If the file is damaged.
    """
    layout = _layout_of(page)
    is_expanded_whole = page.compression not in (_NONE, *_DEFLATES)
    num_rows = layout.block_height if is_expanded_whole else 1
    _check_memory(page, num_rows * layout.row_bytes, max_pixels)
    shown = page.shown
    result = np.empty((page.height, page.width, len(shown)), layout.dtype)
    blocks = _shown_blocks(file, layout)
    for (rows, columns, samples), data in _expanded(blocks, layout, page):
        values = layout.unpack(data)[:, : columns.stop - columns.start]
        for i, sample in enumerate(shown):
            if samples.start <= sample < samples.stop:
                result[rows, columns, i] = values[..., sample - samples.start]
    return result


def open_page(
    file: IO[bytes], page: Page, max_pixels: int = _ANY_NUMBER
) -> Image.Image:
    """Reads a page by Pillow, not turned; for what is not plain values.

    Args:
        file: Opened for reading bytes.
        page: Any.
        max_pixels: See `read_samples`.

    Raises:
        UnreadableError: If such a page is not read.
        ValueError: If the file is damaged.
    """
    height, width = _block_size(page)
    num_bytes = height * width * page.num_samples * page.bits // 8
    _check_memory(page, num_bytes, max_pixels)
    if page.compression in _FILE_CODECS:
        blocks = list(structure.read_blocks(file, page.directory))
        return _read_files(blocks, page)
    is_long_jpeg = page.compression in _JPEGS and page.bits > 8
    if page.compression not in _PILLOW_CODECS or is_long_jpeg:
        raise UnreadableError(f"a TIFF of {page}")
    # Upright in both, as Pillow would turn it.
    if page.compression == _OLD_JPEG:  # its tables lie anywhere
        alone = structure.whole_file(file, page.directory)
    else:
        blocks = list(structure.read_blocks(file, page.directory))
        alone = structure.page_file(
            page.directory, blocks, {structure.ORIENTATION: (1,)}
        )
    try:
        with quiet_pillow(_ANY_NUMBER):
            image = Image.open(alone, formats=["TIFF"])
    except Image.UnidentifiedImageError as error:
        raise UnreadableError(f"a TIFF of {page}") from error
    image.load()
    return image


def to_levels(samples: np.ndarray, page: Page) -> np.ndarray:
    """Scales values of a page to levels between black and white.

    White is 2^bits - 1, for signed values 2^(bits - 1) - 1, for floating
    point what `white_of_floats` says. Values of 32 bits of which none exceeds
    65535 count as values of 16.

    Args:
        samples: What `read_samples` gave.
        page: Where from.

    Returns:
        uint8 for pages of up to 8 bits, else uint16, of the same shape;
        black is 0 also where the file has white there. Extra channels are
        scaled in the same way.

    Raises:
        ValueError: If the values have no defined white.
    """
    white = _white_of(samples, page)
    dtype = np.uint8 if page.bits <= 8 else np.uint16
    result = np.empty(samples.shape, dtype)
    most = np.float64(np.iinfo(dtype).max)
    is_same = white == most and samples.dtype == dtype
    for rows in strips(*samples.shape[:2]):
        values = samples[rows]
        if not is_same:
            values = np.nan_to_num(
                values.astype(np.float64), posinf=white, neginf=0.0
            )
            values = np.floor(np.clip(values / white, 0, 1) * most + 0.5)
        result[rows] = values
    if page.photometric == _WHITE_IS_0:
        result[..., 0] = np.iinfo(dtype).max - result[..., 0]
    return result


def split_extra(
    levels: np.ndarray, page: Page
) -> tuple[np.ndarray, np.ndarray | None, tuple[str, ...]]:
    """Returns colors (H, W, 3), alpha (H, W) or None, and what was left out."""
    colors, alpha = levels[..., : page.num_colors], None
    if page.num_colors == 1:
        colors = np.repeat(colors, 3, axis=2)
    if len(page.shown) > page.num_colors:
        alpha = levels[..., page.num_colors]
        if page.meanings[page.shown[-1]] == 1:
            colors = _divided_by(alpha, colors)
    notes = [
        f"Channel {channel + 1} left out: the file does not say what it shows "
        "(infrared, as scanners add it?)."
        for channel in page.meanings
        if channel not in page.shown
    ]
    return np.ascontiguousarray(colors), alpha, tuple(notes)


@dataclasses.dataclass(frozen=True)
class _Layout:
    """How the samples of a page lie in its strips or tiles."""

    page: Page
    dtype: np.dtype
    block_height: int
    block_width: int
    samples_per_block: int
    predictor: int
    is_tiled: bool

    @property
    def row_bytes(self) -> int:
        bits = self.block_width * self.samples_per_block * self.page.bits
        return (bits + 7) // 8

    def places(self) -> Iterator[tuple[slice, slice, slice]]:
        """Rows, columns and samples of each block, in the file's order."""
        page = self.page
        for sample in range(0, page.num_samples, self.samples_per_block):
            for top in range(0, page.height, self.block_height):
                for left in range(0, page.width, self.block_width):
                    yield (
                        slice(top, min(top + self.block_height, page.height)),
                        slice(left, min(left + self.block_width, page.width)),
                        slice(sample, sample + self.samples_per_block),
                    )

    def rows_of(self, place: tuple[slice, slice, slice]) -> int:
        """Rows that a block stores; tiles are stored whole."""
        rows = place[0].stop - place[0].start
        return self.block_height if self.is_tiled else rows

    def pieces_of(
        self, place: tuple[slice, slice, slice]
    ) -> Iterator[tuple[slice, slice, slice]]:
        """Splits a block into as many rows as are unpacked at once."""
        rows, columns, samples = place
        step = max(1, _BATCH_BYTES // self.row_bytes)
        for start in range(rows.start, rows.stop, step):
            yield slice(start, min(start + step, rows.stop)), columns, samples

    def unpack(self, data: np.ndarray) -> np.ndarray:
        """Unpacks uint8 (rows, row bytes) to (rows, width, samples)."""
        if self.predictor == 3:
            data = _undo_float_predictor(
                data, self.samples_per_block, self.page.bits // 8
            )
        order = ">" if self.predictor == 3 else self.page.directory.order
        values = _unpacked(
            data,
            self.block_width * self.samples_per_block,
            self.page.bits,
            self.dtype,
            order,
        )
        values = values.reshape(len(data), -1, self.samples_per_block)
        if self.predictor == 2:
            values = np.cumsum(values, axis=1, dtype=values.dtype)
        return values


def _layout_of(page: Page) -> _Layout:
    directory = page.directory
    bits = set(directory.values(258, (1,), page.num_samples))
    formats = set(directory.values(339, (_UNSIGNED,), page.num_samples))
    predictor = directory.value(317, 1)
    if page.compression not in (5, *_DEFLATES, 34925, 50000):
        predictor = 1  # others have none
    is_float = page.sample_format == _FLOAT
    letter = {_SIGNED: "i", _FLOAT: "f"}.get(page.sample_format, "u")
    sizes = (2, 4, 8) if is_float else (1, 2, 4, 8)
    size = next((size for size in sizes if 8 * size >= page.bits), 0)
    is_read = (
        len(bits) == 1
        and len(formats) == 1
        and size
        and formats <= {_UNSIGNED, _SIGNED, _FLOAT, _UNDEFINED}
        and (not is_float or page.bits == 8 * size)
        and (letter != "i" or page.bits == 8 * size)
        and predictor in (1, 2, 3)
        and (predictor == 1 or page.bits == 8 * size)
        and is_float >= (predictor == 3)
        and page.num_colors <= page.num_samples <= _MOST_SAMPLES
    )
    if not is_read:
        raise UnreadableError(f"a TIFF of {page}")
    height, width = _block_size(page)
    is_planar = directory.value(284, 1) == 2
    return _Layout(
        page,
        np.dtype(f"{letter}{size}"),
        height,
        width,
        1 if is_planar else page.num_samples,
        predictor,
        structure.TILE_OFFSETS in directory.tags,
    )


def _block_size(page: Page) -> tuple[int, int]:
    """Returns the height and width of a page's strips or tiles."""
    directory = page.directory
    if structure.TILE_OFFSETS in directory.tags:
        height, width = directory.value(323), directory.value(322)
    else:
        height = min(directory.value(278, page.height), page.height)
        width = page.width
    if height < 1 or width < 1:
        raise ValueError("its strips or tiles have no size")
    return height, width


def _check_memory(page: Page, num_bytes: int, max_pixels: int) -> None:
    """Refuses a page of which too much is expanded at once.

    The number of its pixels says little of it: tiles may be larger than the
    page, and a pixel may have samples that nobody sees.
    """
    if num_bytes > max(_BATCH_BYTES, _PIXEL_BYTES * max_pixels):
        raise UnreadableError(
            f"a TIFF of {page}, of which {num_bytes} bytes would be expanded "
            "at once"
        )


def _shown_blocks(
    file: IO[bytes], layout: _Layout
) -> Iterator[tuple[tuple[slice, slice, slice], bytes]]:
    """Reads each block that has samples which are shown, with its place."""
    page = layout.page
    blocks = structure.read_blocks(file, page.directory)
    is_reversed = page.directory.value(266, 1) == 2  # FillOrder
    for place in layout.places():
        block = next(blocks, None)
        if block is None:
            raise ValueError("it ends before its pixels do")
        if is_reversed:
            block = block.translate(_REVERSED_BITS)
        samples = place[2]
        if any(samples.start <= shown < samples.stop for shown in page.shown):
            yield place, block


def _expanded(
    blocks: Iterator[tuple[tuple[slice, slice, slice], bytes]],
    layout: _Layout,
    page: Page,
) -> Iterator[tuple[tuple[slice, slice, slice], np.ndarray]]:
    """Expands blocks to uint8 (rows, row bytes), with the place of each."""
    if page.compression in (_NONE, *_DEFLATES):
        for place, block in blocks:
            yield from _expanded_here(place, block, layout, page)
        return
    batch, places, num_rows = [], [], 0
    for place, block in blocks:
        batch.append(block)
        places.append(place)
        rows = layout.rows_of(place)
        num_rows += rows
        is_short = rows < layout.block_height
        if is_short or num_rows * layout.row_bytes > _BATCH_BYTES:
            yield from _expanded_by_libtiff(places, batch, layout, page)
            batch, places, num_rows = [], [], 0
    if batch:
        yield from _expanded_by_libtiff(places, batch, layout, page)


def _expanded_here(
    place: tuple[slice, slice, slice],
    block: bytes,
    layout: _Layout,
    page: Page,
) -> Iterator[tuple[tuple[slice, slice, slice], np.ndarray]]:
    inflate, rest = zlib.decompressobj(), memoryview(block)
    for piece in layout.pieces_of(place):
        size = (piece[0].stop - piece[0].start) * layout.row_bytes
        if page.compression in _DEFLATES:
            data = inflate.decompress(rest, size)
            rest = inflate.unconsumed_tail
        else:
            data, rest = rest[:size], rest[size:]
        if len(data) < size:
            raise ValueError("it ends before its pixels do")
        values = np.frombuffer(data, np.uint8)
        yield piece, values.reshape(-1, layout.row_bytes)


def _expanded_by_libtiff(
    places: Sequence[tuple[slice, slice, slice]],
    batch: Sequence[bytes],
    layout: _Layout,
    page: Page,
) -> Iterator[tuple[tuple[slice, slice, slice], np.ndarray]]:
    # One pixel of 8 bits for each byte, one strip for each strip or tile.
    rows = [layout.rows_of(place) for place in places]
    plain = Directory({}, page.directory.order)
    facts = {
        256: (layout.row_bytes,),
        257: (sum(rows),),
        258: (8,),
        259: (page.compression,),
        262: (_BLACK_IS_0,),
        277: (1,),
        278: (layout.block_height,),
    }
    file = structure.page_file(plain, batch, facts)
    with quiet_pillow(_ANY_NUMBER):
        image = Image.open(file, formats=["TIFF"])
    with image:
        values = np.asarray(image)
    top = 0
    for place, count in zip(places, rows, strict=True):
        for piece in layout.pieces_of(place):
            start, stop = (
                top + row - place[0].start
                for row in (piece[0].start, piece[0].stop)
            )
            yield piece, values[start:stop]
        top += count


def _unpacked(
    data: np.ndarray, count: int, bits: int, dtype: np.dtype, order: str
) -> np.ndarray:
    """Unpacks uint8 (rows, bytes) to values (rows, count)."""
    if bits == 8 * dtype.itemsize:
        data = np.ascontiguousarray(data[:, : count * dtype.itemsize])
        return data.view(_in_order(dtype, order)).astype(dtype)
    if bits % 8 == 0:
        size = bits // 8
        parts = data[:, : count * size].reshape(len(data), count, size)
        parts = parts if order == ">" else parts[..., ::-1]
        wide = np.zeros((len(data), count, dtype.itemsize), np.uint8)
        wide[..., dtype.itemsize - size :] = parts
        wide = wide.reshape(len(data), -1)
        return wide.view(_in_order(dtype, ">")).astype(dtype)
    # Whatever the byte order, the highest bit comes first.
    result = np.empty((len(data), count), dtype)
    weights = (1 << np.arange(bits)[::-1]).astype(dtype)
    for rows in strips(len(data), count * bits):
        each = np.unpackbits(data[rows], axis=1)[:, : count * bits]
        each = each.reshape(len(each), count, bits)
        result[rows] = each @ weights
    return result


def _in_order(dtype: np.dtype, order: str) -> np.dtype:
    return dtype.newbyteorder(">" if order == ">" else "<")


def _undo_float_predictor(
    data: np.ndarray, num_samples: int, size: int
) -> np.ndarray:
    """Rows of big-endian values, as Adobe's technical note 3 has it."""
    steps = data.reshape(len(data), -1, num_samples)
    planes = np.cumsum(steps, axis=1, dtype=np.uint8)
    planes = planes.reshape(len(data), size, -1)
    return np.ascontiguousarray(planes.swapaxes(1, 2)).reshape(len(data), -1)


def _read_files(blocks: Sequence[bytes], page: Page) -> Image.Image:
    """Reads a page whose strips or tiles are files of their own."""
    directory = page.directory
    format = _FILE_CODECS[page.compression]
    if page.bits > 8 or directory.value(284, 1) == 2:
        raise UnreadableError(f"a TIFF of {page}")
    height, width = _block_size(page)
    result = None
    for i, block in enumerate(blocks):
        across = -(-page.width // width)
        with quiet_pillow(_ANY_NUMBER):
            part = Image.open(io.BytesIO(block), formats=[format])
        if part.width > width or part.height > height:
            raise ValueError("a strip or tile is larger than its place")
        part.load()
        if result is None:
            result = Image.new(part.mode, (page.width, page.height))
        result.paste(part, (i % across * width, i // across * height))
    if result is None:
        raise ValueError("it has no pixels")
    if page.photometric == _WHITE_IS_0:
        result = result.point(lambda value: 255 - value)
    return result


def _white_of(samples: np.ndarray, page: Page) -> float:
    if page.sample_format == _FLOAT:
        largest = max(
            float(np.max(part, where=np.isfinite(part), initial=-np.inf))
            for part in _strips_of(samples)
        )
        if largest == -np.inf:
            raise ValueError("its pixels hold no finite value")
        return white_of_floats(largest)
    is_signed = page.sample_format == _SIGNED
    if page.bits == 32 and samples.max() <= 65535:
        return 65535.0
    return float(2 ** (page.bits - is_signed) - 1)


def _strips_of(values: np.ndarray) -> Iterator[np.ndarray]:
    for rows in strips(*values.shape[:2]):
        yield values[rows]


def _share_of(
    values: np.ndarray, is_counted: Callable[[np.ndarray], np.ndarray]
) -> float:
    counts = (np.count_nonzero(is_counted(x)) for x in _strips_of(values))
    return sum(counts) / values.size


def _divided_by(alpha: np.ndarray, colors: np.ndarray) -> np.ndarray:
    most = np.iinfo(colors.dtype).max
    result = np.empty_like(colors)
    for rows in strips(*colors.shape[:2]):
        share = np.maximum(alpha[rows], 1)[..., None].astype(np.float64) / most
        result[rows] = np.minimum(np.floor(colors[rows] / share + 0.5), most)
    return result


def _linked_pages(
    file: IO[bytes], directory: Directory, budget: structure.Budget
) -> list[Directory]:
    number = structure.SUB_DIRECTORIES
    try:
        return structure.read_linked(file, directory, number, budget)
    except UnreadableError:
        raise
    except ValueError:
        return []


def _refuse_raw(directories: Sequence[Directory]) -> None:
    for directory in directories:
        if (
            _DNG_VERSION in directory.tags
            or directory.value(262, _BLACK_IS_0) in _RAW_COLORS
            or directory.value(259, _NONE) in _RAW_CODECS
        ):
            raise CameraRawError("DNG, NEF, ARW or another kind of TIFF")


def _is_reduced(directory: Directory) -> bool:
    is_old_copy = directory.value(255) == 2
    return bool(directory.value(254) & 0b101) or is_old_copy


def _num_pixels(directory: Directory) -> int:
    return directory.value(256) * directory.value(257)


def _to_page(directory: Directory) -> Page:
    num_samples = directory.value(277, 1)
    return Page(
        directory=directory,
        width=directory.value(256),
        height=directory.value(257),
        bits=max(directory.values(258, (1,), num_samples), default=1),
        sample_format=directory.value(339, _UNSIGNED),
        photometric=directory.value(262, _BLACK_IS_0),
        num_samples=num_samples,
        compression=directory.value(259, _NONE),
    )
