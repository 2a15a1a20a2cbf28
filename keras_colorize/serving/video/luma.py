"""The gray of a film: its luma plane, which no step changes.

A decoded frame of most films is a plane of luma Y' and two of chroma. The
luma plane goes into the result as it is, without a way through RGB; only
chroma is new. So the film keeps its grain, its blacks and its whites to the
bit, up to what the encoder makes of them.
"""

import dataclasses
from fractions import Fraction
from typing import Any

import numpy as np
from PIL import Image

from keras_colorize.color import lab_formulas as formulas
from keras_colorize.color.cielab_numpy import luma_to_L

# Names of formats whose first plane is luma and nothing else.
_LUMA_FIRST = ("yuv4", "yuvj4", "yuva4", "gray", "nv1", "nv2")
_FULL_RANGE = 2  # AVCOL_RANGE_JPEG
_LIMITED_RANGE = 1  # AVCOL_RANGE_MPEG
# AVColorSpace -> weights of R and B in luma (ITU-T H.273, table 4).
_BT709 = 1
_BT601 = 6
_WEIGHTS = {
    _BT709: (0.2126, 0.0722),
    4: (0.30, 0.11),  # FCC
    5: (0.299, 0.114),  # BT.601, 625 lines
    _BT601: (0.299, 0.114),  # BT.601, 525 lines
    7: (0.212, 0.087),  # SMPTE 240M
    9: (0.2627, 0.0593),  # BT.2020
}
# AVColorPrimaries -> CIE x, y of R, G, B, of white D65 (H.273, table 2). BT.709
# (1) has those of sRGB; films that do not say (2) are taken for it.
_BT709_OR_UNKNOWN = (0, 1, 2, 3)
_OF_525_LINES = ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070))
_BT2020, _P3 = 9, 12
_PRIMARIES = {
    5: ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)),  # BT.601, 625 lines
    6: _OF_525_LINES,
    7: _OF_525_LINES,  # SMPTE 240M
    _BT2020: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    _P3: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),  # EBU 3213
}
# AVColorTransferCharacteristic -> what codes of luma are, where they are not
# nearly sRGB.
TRANSFER_NAMES = {
    8: "linear light",
    9: "logarithms",
    10: "logarithms",
    16: "PQ (HDR)",
    17: "SMPTE 428 (cinema)",
    18: "HLG (HDR)",
}
# AVColorSpace of others than Y'CbCr -> their names.
_OTHER_MATRICES = {
    8: "YCgCo",
    10: "BT.2020 of constant luminance",
    11: "Y'D'zD'x",
    12: "constant luminance",
    13: "constant luminance",
    14: "ICtCp",
    15: "IPT-C2",
    16: "YCgCo-R",
    17: "YCgCo-R",
}
# Films that do not say take BT.709 from this height on: the players' rule.
_HD_LINES = 720
_SAME_SHAPE = 0.02  # by which no face looks wide
# Different codes in a frame from which one sees which bits are in use.
_TELLING_CODES = 64


@dataclasses.dataclass(frozen=True)
class Layout:
    """How the pixels of the result are stored.

    Attributes:
        width: Of the luma plane, in pixels.
        height: Of the luma plane, in pixels.
        picture: (width, height) of what is in it: at odd sizes the last
            column or row may be there twice.
        depth: Bits per sample, 8 or 10.
        is_full_range: Whether black is 0 and white is the largest value, and
            not 16 and 235 (times 4 at 10 bits).
        matrix: AVColorSpace number of the luma weights.
        primaries: AVColorPrimaries number of the source.
    """

    width: int
    height: int
    picture: tuple[int, int]
    depth: int
    is_full_range: bool
    matrix: int
    primaries: int

    @property
    def pix_fmt(self) -> str:
        """FFmpeg's name of the format."""
        return "yuv420p" if self.depth == 8 else "yuv420p10le"

    @property
    def color_range(self) -> int:
        """AVColorRange number."""
        return _FULL_RANGE if self.is_full_range else _LIMITED_RANGE

    @property
    def luma_weights(self) -> tuple[float, float]:
        """Weights of R and B in luma; that of G is what is left of 1."""
        return _WEIGHTS[self.matrix]

    @property
    def has_wide_primaries(self) -> bool:
        """Whether they hold colors far beyond sRGB."""
        return self.primaries in (_BT2020, _P3)

    def from_linear_srgb(self) -> np.ndarray | None:
        """Computes the matrix from linear sRGB to the film's linear light.

        Returns:
            float32 (3, 3), or None where colors are taken for sRGB as they
            are.
        """
        if self.primaries not in _PRIMARIES:
            return None
        matrix = formulas.primaries_from_srgb(_PRIMARIES[self.primaries])
        return matrix.astype(np.float32)

    @property
    def dtype(self) -> type:
        """NumPy type of a sample."""
        return np.uint8 if self.depth == 8 else np.uint16


def layout_of(frame: Any, takes_odd_sizes: bool, max_depth: int) -> Layout:
    """Finds the layout that keeps the luma of a frame.

    Args:
        frame: `av.VideoFrame`, the first one.
        takes_odd_sizes: Whether the encoder halves an odd width or height; if
            not, a column or row is added.
        max_depth: Largest depth that the encoder takes, 8 or 10.
    """
    by = 1 if takes_odd_sizes else 2
    return Layout(
        width=frame.width + frame.width % by,
        height=frame.height + frame.height % by,
        picture=(frame.width, frame.height),
        depth=10 if min(depth_of(frame), max_depth) > 8 else 8,
        is_full_range=has_luma_plane(frame) and is_full_range(frame),
        matrix=frame.colorspace
        if frame.colorspace in _WEIGHTS
        else _usual_matrix(frame.height),
        primaries=frame.color_primaries,
    )


def is_usual_matrix(layout: Layout) -> bool:
    """Says whether players take the matrix for granted where none is told."""
    usual = _WEIGHTS[_usual_matrix(layout.height)]
    return layout.luma_weights == usual


def _usual_matrix(height: int) -> int:
    return _BT709 if height >= _HD_LINES else _BT601


def color_notes(frame: Any) -> list[str]:
    """Says of which colors a frame is that are taken for others."""
    notes = []
    if frame.color_trc in TRANSFER_NAMES:
        notes.append(
            f"luma is coded as {TRANSFER_NAMES[frame.color_trc]} and was taken "
            "as sRGB, so colors are off; convert the film to BT.709 before."
        )
    if frame.color_primaries not in (*_BT709_OR_UNKNOWN, *_PRIMARIES):
        notes.append(
            f"color primaries {frame.color_primaries} of ITU-T H.273 were "
            "taken as those of sRGB, so colors are off; convert the film to "
            "BT.709 before."
        )
    if has_luma_plane(frame) and frame.colorspace in _OTHER_MATRICES:
        notes.append(
            f"stored as {_OTHER_MATRICES[frame.colorspace]}, whose luma was "
            "taken as that of Y'CbCr, so lightness and colors are off; convert "
            "the film to BT.709 before."
        )
    return notes


def is_full_range(frame: Any) -> bool:
    """Says whether black is 0: by the tag, or by definition of the format."""
    return frame.color_range == _FULL_RANGE or (
        frame.format.name.startswith(("gray", "yuvj"))
        and frame.color_range != _LIMITED_RANGE
    )


def depth_of(frame: Any) -> int:
    """Bits per sample of a frame, transparency aside."""
    parts = frame.format.components
    return max(part.bits for part in parts if not part.is_alpha)


def used_depth(frame: Any) -> int:
    """Bits per sample that say something.

    Decoders store 10 bits of JPEG 2000 as the upper ones of 16, for example.
    """
    depth = depth_of(frame)
    if not has_luma_plane(frame) or depth == 8:
        return depth
    codes = plane_array(frame.planes[0], depth, frame.format.is_big_endian)
    codes = codes[: frame.height, : frame.width]
    bits = int(np.bitwise_or.reduce(codes, axis=None))
    if len(np.unique(codes)) < _TELLING_CODES:  # black says nothing
        return depth
    unused = (bits & -bits).bit_length() - 1
    return depth - unused


def has_luma_plane(frame: Any) -> bool:
    """Says whether the luma of a frame can be copied, at its own depth."""
    return (
        frame.format.name.startswith(_LUMA_FIRST) and 8 <= depth_of(frame) <= 16
    )


def has_transparency(frame: Any) -> bool:
    """Says whether some pixel of a frame is not opaque.

    Decoders of RGB often give a fourth channel that says nothing; palettes
    have one, too.
    """
    name = frame.format.name
    if not any(part.is_alpha for part in frame.format.components):
        return False
    if name.startswith("pal8"):
        return False
    if name.startswith("yuva"):
        return True
    rgba = frame.to_ndarray(format="rgba")
    return bool((rgba[..., 3] < 255).any())


def fitted_size(
    frame: Any, layout: Layout, pixel_shape: Fraction = Fraction(1)
) -> tuple[int, int]:
    """Returns (width, height) of the largest picture of a frame's shape.

    Args:
        frame: `av.VideoFrame`.
        layout: It fits into its picture, and fills it if it is of nearly the
            same shape.
        pixel_shape: Width of a pixel of the frame in heights, divided by that
            of the film's first frame.
    """
    width, height = layout.picture
    wider = Fraction(frame.width, frame.height) * pixel_shape
    wider /= Fraction(width, height)
    if abs(wider - 1) < _SAME_SHAPE:
        return width, height
    if wider > 1:
        return width, max(round(height / wider / 2) * 2, 2)
    return max(round(width * wider / 2) * 2, 2), height


def _on_black(
    plane: np.ndarray, height: int, width: int, black: int, step: int
) -> np.ndarray:
    """Centers a plane on a larger one, at a multiple of `step`."""
    result = np.full((height, width), black, plane.dtype)
    top = (height - plane.shape[0]) // (2 * step) * step
    left = (width - plane.shape[1]) // (2 * step) * step
    result[top : top + plane.shape[0], left : left + plane.shape[1]] = plane
    return result


def luma_plane(
    frame: Any, layout: Layout, pixel_shape: Fraction = Fraction(1)
) -> np.ndarray:
    """Reads the luma of a frame.

    Args:
        frame: `av.VideoFrame` of any format, and of any size: it is scaled to
            fit into that of the layout, with black bars if it is of another
            shape.
        layout: As `layout_of` gave it for the first frame.
        pixel_shape: See `fitted_size`.

    Returns:
        uint8 or uint16 (layout.height, layout.width), codes as the layout
        says: the frame's own memory where it stores luma that way.
    """
    size = width, height = fitted_size(frame, layout, pixel_shape)
    if size != layout.picture:
        inner = dataclasses.replace(
            layout, width=width, height=height, picture=size
        )
        own_shape = Fraction(width, height) / Fraction(
            frame.width, frame.height
        )
        luma = luma_plane(frame, inner, own_shape)
        black, _ = _black_and_white(layout.depth, layout.is_full_range)
        return _on_black(luma, layout.height, layout.width, black, 2)
    if not has_luma_plane(frame):
        frame = frame.reformat(
            width=width,
            height=height,
            format=layout.pix_fmt,
            dst_colorspace=layout.matrix,
            dst_color_range=layout.color_range,
        )
        frame.color_range = layout.color_range
    elif (frame.width, frame.height) != layout.picture:
        color_range = frame.color_range
        frame = frame.reformat(
            width=width, height=height, format=frame.format.name
        )
        frame.color_range = color_range
    codes = plane_array(
        frame.planes[0], depth_of(frame), frame.format.is_big_endian
    )
    luma = _recoded(
        codes[:height, :width], depth_of(frame), is_full_range(frame), layout
    )
    more = ((0, layout.height - height), (0, layout.width - width))
    return np.pad(luma, more, mode="edge") if np.any(more) else luma


def _recoded(
    codes: np.ndarray, depth: int, is_full_range: bool, layout: Layout
) -> np.ndarray:
    """Codes of another depth and range as those of the layout.

    FFmpeg's scaler takes all gray formats for full range, whatever their tag
    says, so the contrast of limited ones would be compressed twice.
    """
    if is_full_range != layout.is_full_range:
        black, white = _black_and_white(depth, is_full_range)
        new_black, new_white = _black_and_white(
            layout.depth, layout.is_full_range
        )
        gray = (codes.astype(np.float32) - black) / (white - black)
        new = np.rint(gray * (new_white - new_black) + new_black)
        return np.clip(new, 0, 2**layout.depth - 1).astype(layout.dtype)
    if depth > layout.depth:
        fewer = depth - layout.depth
        codes = (codes.astype(np.uint32) + (1 << fewer >> 1)) >> fewer
        codes = np.minimum(codes, 2**layout.depth - 1)
    elif depth < layout.depth:
        codes = codes.astype(np.uint16) << (layout.depth - depth)
    return codes.astype(layout.dtype, copy=False)


def _black_and_white(depth: int, is_full_range: bool) -> tuple[int, int]:
    step = 2 ** (depth - 8)
    return (0, 256 * step - 1) if is_full_range else (16 * step, 235 * step)


def own_chroma(
    frame: Any, layout: Layout, pixel_shape: Fraction = Fraction(1)
) -> tuple[np.ndarray, np.ndarray]:
    """Reads the chroma of a frame, as the layout stores it.

    Args:
        frame: `av.VideoFrame` of any format and size.
        layout: Of the result.
        pixel_shape: See `fitted_size`.

    Returns:
        Two arrays of half of (layout.height, layout.width), rounded up.
    """
    width, height = fitted_size(frame, layout, pixel_shape)
    is_same = (
        frame.format.name.replace("yuvj", "yuv") == layout.pix_fmt
        and is_full_range(frame) == layout.is_full_range
        and (frame.width, frame.height) == (width, height)
    )
    if not is_same:
        frame = frame.reformat(
            width=width,
            height=height,
            format=layout.pix_fmt,
            dst_colorspace=layout.matrix,
            dst_color_range=layout.color_range,
        )
    rows, columns = -(-height // 2), -(-width // 2)
    u, v = (
        plane_array(plane, layout.depth)[:rows, :columns].copy()
        for plane in frame.planes[1:3]
    )
    if (width, height) != layout.picture:
        half = -(-layout.height // 2), -(-layout.width // 2)
        gray = 2 ** (layout.depth - 1)
        u, v = (_on_black(plane, *half, gray, 1) for plane in (u, v))
    return u, v


def plane_array(
    plane: Any, depth: int, is_big_endian: bool = False
) -> np.ndarray:
    """Views a plane's memory as uint8 or uint16 (rows, line samples)."""
    words = ">u2" if is_big_endian else "<u2"
    dtype = np.dtype(np.uint8 if depth == 8 else words)
    samples = np.frombuffer(plane, dtype)
    return samples.reshape(-1, plane.line_size // dtype.itemsize)


def small_gray(
    luma: np.ndarray, layout: Layout, height: int, width: int
) -> np.ndarray:
    """Makes what the network sees of a frame.

    Args:
        luma: uint8 or uint16 (H, W), codes as the layout says.
        layout: The film's.
        height: Of the result.
        width: Of the result.

    Returns:
        uint8 (height, width), gray with black at 0 and white at 255.
    """
    codes = luma if layout.depth == 8 else (luma >> 2).astype(np.uint8)
    small = Image.fromarray(np.ascontiguousarray(codes)).resize(
        (width, height), Image.Resampling.BILINEAR
    )
    if layout.is_full_range:
        return np.asarray(small)
    return _gray_of_codes(8)[np.asarray(small)]


def L_of_codes(layout: Layout) -> np.ndarray:
    """Computes CIE L* of each luma code; float32 (256,) or (1024,)."""
    codes = np.arange(2**layout.depth) / 2 ** (layout.depth - 8)
    gray = codes / codes[-1] if layout.is_full_range else (codes - 16.0) / 219.0
    gray = np.clip(gray, 0.0, 1.0)[:, None]
    return luma_to_L(gray)[:, 0].astype(np.float32)


def _gray_of_codes(depth: int) -> np.ndarray:
    codes = np.arange(2**depth)
    return np.clip(np.rint((codes - 16) * (255 / 219)), 0, 255).astype(np.uint8)
