"""The gray of a film: its luma plane, which no step changes.

A decoded frame of most films is a plane of luma Y' and two of chroma. The
luma plane goes into the result as it is, without a way through RGB; only
chroma is new. So the film keeps its grain, its blacks and its whites to the
bit, up to what the encoder makes of them.
"""

import dataclasses
from typing import Any

import numpy as np
from PIL import Image

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
# Films that do not say take BT.709 from this height on: the players' rule.
_HD_LINES = 720


@dataclasses.dataclass(frozen=True)
class Layout:
    """How the pixels of the result are stored.

    Attributes:
        width: Of the luma plane, in pixels.
        height: Of the luma plane, in pixels.
        depth: Bits per sample, 8 or 10.
        is_subsampled: Whether chroma has half the width and height (4:2:0).
        is_full_range: Whether black is 0 and white is the largest value, and
            not 16 and 235 (times 4 at 10 bits).
        matrix: AVColorSpace number of the luma weights.
    """

    width: int
    height: int
    depth: int
    is_subsampled: bool
    is_full_range: bool
    matrix: int

    @property
    def pix_fmt(self) -> str:
        """FFmpeg's name of the format."""
        name = "yuv420p" if self.is_subsampled else "yuv444p"
        return name if self.depth == 8 else f"{name}10le"

    @property
    def color_range(self) -> int:
        """AVColorRange number."""
        return _FULL_RANGE if self.is_full_range else _LIMITED_RANGE

    @property
    def luma_weights(self) -> tuple[float, float]:
        """Weights of R and B in luma; that of G is what is left of 1."""
        return _WEIGHTS[self.matrix]

    @property
    def dtype(self) -> type:
        """NumPy type of a sample."""
        return np.uint8 if self.depth == 8 else np.uint16


def layout_of(frame: Any, is_subsampled: bool, max_depth: int) -> Layout:
    """The layout that keeps the luma of a frame.

    Args:
        frame: `av.VideoFrame`, the first one.
        is_subsampled: Whether chroma gets half the width and height.
        max_depth: Largest depth that the encoder takes, 8 or 10.
    """
    name = frame.format.name
    # `gray` and `yuvj` are full range by definition, others if they say so.
    is_full = frame.color_range == _FULL_RANGE or (
        name.startswith(("gray", "yuvj"))
        and frame.color_range != _LIMITED_RANGE
    )
    usual = _BT709 if frame.height >= _HD_LINES else _BT601
    return Layout(
        width=frame.width,
        height=frame.height,
        depth=10 if min(depth_of(frame), max_depth) > 8 else 8,
        is_subsampled=is_subsampled,
        is_full_range=is_full and has_luma_plane(frame),
        matrix=frame.colorspace if frame.colorspace in _WEIGHTS else usual,
    )


def depth_of(frame: Any) -> int:
    """Bits per sample of a frame."""
    return max(part.bits for part in frame.format.components)


def has_luma_plane(frame: Any) -> bool:
    """Whether the luma of a frame can be kept to the bit."""
    name = frame.format.name
    return (
        name.startswith(_LUMA_FIRST)
        and not name.endswith("be")
        and depth_of(frame) in (8, 10)
    )


def luma_plane(frame: Any, layout: Layout) -> np.ndarray:
    """The luma of a frame.

    Args:
        frame: `av.VideoFrame` of any format.
        layout: As `layout_of` gave it.

    Returns:
        uint8 or uint16 (H, W), codes as the layout says: the frame's own
        memory where it stores luma at that depth.
    """
    if not has_luma_plane(frame) or depth_of(frame) < layout.depth:
        frame = frame.reformat(
            format=layout.pix_fmt,
            dst_colorspace=layout.matrix,
            dst_color_range=layout.color_range,
        )
    luma = plane_array(frame.planes[0], depth_of(frame))
    luma = luma[: layout.height, : layout.width]
    if depth_of(frame) > layout.depth:
        return np.minimum((luma + 2) >> 2, 255).astype(np.uint8)
    return luma


def plane_array(plane: Any, depth: int) -> np.ndarray:
    """A plane's memory as uint8 or uint16 (rows, samples in a line)."""
    dtype = np.dtype(np.uint8 if depth == 8 else "<u2")
    samples = np.frombuffer(plane, dtype)
    return samples.reshape(-1, plane.line_size // dtype.itemsize)


def small_gray(
    luma: np.ndarray, layout: Layout, height: int, width: int
) -> np.ndarray:
    """What the network sees of a frame.

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
    """CIE L* of each luma code; float32 (256,) or (1024,)."""
    codes = np.arange(2**layout.depth) / 2 ** (layout.depth - 8)
    gray = codes / codes[-1] if layout.is_full_range else (codes - 16.0) / 219.0
    gray = np.clip(gray, 0.0, 1.0)[:, None]
    return luma_to_L(gray)[:, 0].astype(np.float32)


def _gray_of_codes(depth: int) -> np.ndarray:
    codes = np.arange(2**depth)
    return np.clip(np.rint((codes - 16) * (255 / 219)), 0, 255).astype(np.uint8)
