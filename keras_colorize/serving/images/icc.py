"""ICC profiles of matrix and curves, applied with 16 bits.

Pillow's LittleCMS converts 8-bit pixels only. Most working spaces and gray
scanners (Adobe RGB, Display P3, ProPhoto, Gray Gamma 2.2) are three curves and
a matrix, or one curve; the formulas are those of ICC.1:2022, 8.3, 10.6 and
10.18.
"""

import struct

import numpy as np

from keras_colorize.color import lab_formulas as formulas
from keras_colorize.color.luminance import strips

_S15_FIXED_16 = 65536.0
_SRGB_DIGITS = 64  # of 65535 levels
_PARAMETERS = (1, 3, 4, 5, 7)  # of each type of parametric curve


def to_srgb_16_bit(
    rgb16: np.ndarray, profile: bytes, srgb_profile: bytes
) -> np.ndarray | None:
    """Converts 16-bit colors to sRGB, relative colorimetric.

    Args:
        rgb16: uint16 (H, W, 3) or (H, W, 4), in the space of `profile`; gray
            photos with three equal channels.
        profile: ICC profile of RGB or gray.
        srgb_profile: The profile of sRGB, for its primaries under D50.

    Returns:
        uint16 of the shape of `rgb16`, with its alpha; None for profiles that
        are tables of colors.
    """
    try:
        tags = _read_tags(profile)
        if any(name.startswith(b"A2B") for name in tags):
            return None
        is_lab = profile[20:24] == b"Lab "
        conversion = _Conversion(tags, _read_tags(srgb_profile), is_lab)
    except (KeyError, struct.error, ValueError, np.linalg.LinAlgError):
        return None
    result = rgb16.copy()
    largest = 0
    for rows in strips(*rgb16.shape[:2]):
        before = rgb16[rows][..., :3]
        after = conversion.to_srgb(before)
        result[rows][..., :3] = after
        largest = max(largest, np.abs(after - before).max())
    # Such a profile is sRGB itself, but for the digits of its numbers.
    return rgb16 if largest < _SRGB_DIGITS else result


class _Conversion:
    def __init__(
        self,
        tags: dict[bytes, bytes],
        srgb_tags: dict[bytes, bytes],
        is_lab: bool,
    ):
        self._is_gray = b"kTRC" in tags
        if self._is_gray:
            curve = _curve(tags[b"kTRC"])
            if is_lab:  # it gives L*, not light
                lab = np.stack([100.0 * curve, 0 * curve, 0 * curve], -1)
                curve = formulas.linear_from_lab(lab, np)[:, 1]
            self._curves = [curve.astype(np.float32)] * 3
            return
        if is_lab:
            raise ValueError("the connection space is not XYZ")
        names = (b"rTRC", b"gTRC", b"bTRC")
        self._curves = [_curve(tags[name]) for name in names]
        matrix = np.linalg.inv(_matrix(srgb_tags)) @ _matrix(tags)
        self._matrix = matrix.T.astype(np.float32)

    def to_srgb(self, rgb: np.ndarray) -> np.ndarray:
        """Converts to encoded sRGB, float32 (..., 3) of [0, 65535]."""
        linear = np.stack(
            [curve[rgb[..., i]] for i, curve in enumerate(self._curves)], -1
        )
        if not self._is_gray:
            linear = linear @ self._matrix
        encoded = formulas.srgb_from_linear(linear, np)
        return np.rint(np.clip(encoded, 0.0, 1.0) * np.float32(65535))


def _read_tags(profile: bytes) -> dict[bytes, bytes]:
    if profile[20:24] not in (b"XYZ ", b"Lab "):
        raise ValueError("the connection space is neither XYZ nor Lab")
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = struct.iter_unpack(">4sII", profile[132 : 132 + 12 * count])
    return {name: profile[start : start + n] for name, start, n in entries}


def _matrix(tags: dict[bytes, bytes]) -> np.ndarray:
    """Reads XYZ under D50 of the three primaries, one a column."""
    columns = [
        struct.unpack_from(">3i", tags[name], 8)
        for name in (b"rXYZ", b"gXYZ", b"bXYZ")
    ]
    return np.array(columns).T / _S15_FIXED_16


def _curve(tag: bytes) -> np.ndarray:
    """Tabulates the linear light of each 16-bit value, float32 (65536,)."""
    x = np.arange(65536) / 65535.0
    if tag[:4] == b"para":
        return _parametric(tag, x).astype(np.float32)
    if tag[:4] != b"curv":
        raise ValueError(f"unknown curve {tag[:4]!r}")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return x.astype(np.float32)
    values = np.array(struct.unpack_from(f">{count}H", tag, 12))
    if count == 1:
        return (x ** (values[0] / 256.0)).astype(np.float32)
    places = np.linspace(0.0, 1.0, count)
    return np.interp(x, places, values / 65535.0).astype(np.float32)


def _parametric(tag: bytes, x: np.ndarray) -> np.ndarray:
    (kind,) = struct.unpack_from(">H", tag, 8)
    if kind >= len(_PARAMETERS):
        raise ValueError(f"unknown parametric curve {kind}")
    count = _PARAMETERS[kind]
    given = np.array(struct.unpack_from(f">{count}i", tag, 12)) / _S15_FIXED_16
    gamma, a, b, c, d, e, f = [*given, *[0.0] * (7 - count)]
    if kind == 0:
        return x**gamma
    curved = np.maximum(a * x + b, 0.0) ** gamma
    if kind in (1, 2):  # a constant left of -b / a
        return np.where(x >= -b / a, curved, 0.0) + c
    return np.where(x >= d, curved + e, c * x + f)
