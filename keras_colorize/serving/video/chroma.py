"""From gray to the chroma planes of a frame."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from keras_colorize.color import lab_formulas as formulas
from keras_colorize.color import planes
from keras_colorize.hints import Hint
from keras_colorize.serving.options import ColorizeOptions
from keras_colorize.serving.resize import network_input_size
from keras_colorize.serving.session import ColorizeSession
from keras_colorize.serving.video.luma import L_of_codes
from keras_colorize.serving.video.luma import Layout
from keras_colorize.serving.video.luma import plane_array

# Weight of the newest frame in the mean below which a pixel holds still: of
# two frames or more.
_STILL_WEIGHT = 0.7
# A pixel that holds still keeps its code of chroma until the exact value is so
# many steps of 8 bits away, which nobody sees. Rounding alone would turn the
# last remains of noise into steps back and forth, which one does.
_HELD_STEPS = 1.0


class ChromaPredictor:
    """Asks a model for the ab of frames, at the size it works at.

    Args:
        session: The loaded model.
        options: How: their look and temperature count here.
        display_size: (height, width) of a frame as it is shown: upright,
            with square pixels.
        quarter_turns: How many times a stored frame is turned left to be
            upright.

    Attributes:
        size: (height, width) of the small frames, turned as stored.
    """

    def __init__(
        self,
        session: ColorizeSession,
        options: ColorizeOptions,
        display_size: tuple[int, int],
        quarter_turns: int,
    ):
        self.session = session
        self.options = options
        self.quarter_turns = quarter_turns
        upright = session.contract.fixed_size or network_input_size(
            *display_size, session.contract.network_size
        )
        self.size = turned_size(upright, quarter_turns)

    def predict(
        self, grays: np.ndarray, hints: Sequence[Sequence[Hint]] = ()
    ) -> np.ndarray:
        """Predicts the ab of some frames, in one call if none has hints.

        Args:
            grays: uint8 (B, *size).
            hints: Those of each frame, in pixels of a gray that is turned
                upright; may be left out if there are none.

        Returns:
            float32 (B, *size, 2), CIE a* and b*.
        """
        turned = np.rot90(grays, self.quarter_turns, axes=(1, 2))
        images = np.repeat(turned[..., None], 3, axis=3)
        how = (self.options.temperature, self.options.look)
        if any(hints):
            parts = [
                self.session.predict_ab(image[None], *how, of_frame)
                for image, of_frame in zip(images, hints, strict=True)
            ]
            ab = np.concatenate(parts)
        else:
            ab = self.session.predict_ab(images, *how)
        return np.rot90(ab, -self.quarter_turns, axes=(1, 2))


def turned_size(size: tuple[int, int], quarter_turns: int) -> tuple[int, int]:
    """Swaps height and width where a frame is turned on its side."""
    return (size[1], size[0]) if quarter_turns % 2 else size


class ChromaPlanes:
    """Turns ab into the chroma planes of a film, frame by frame.

    The color of L* and ab is computed as sRGB, then in the primaries of the
    film, and its differences to its own luma are stored. As the luma plane
    itself stays, the lightness of saturated colors can differ from the gray
    frame's: what is kept is Y', as a gray television shows it.

    L* is that of the pixel's mean luma since it last changed, at the size of
    the chroma planes: grain in luma does not become noise in chroma, which
    is seen as flicker and costs bits. For the same reason the code of a pixel
    that holds still changes only when it is off by more than a step. What is
    left of flicker is the grain itself: under constant chroma ab moves with
    luma, most in vivid colors that are dark.

    Args:
        layout: The film's.
        strength: Factor on the chroma.

    Reference: ITU-T H.273, equations 31 to 35.
    """

    def __init__(self, layout: Layout, strength: float = 1.0):
        self.layout = layout
        self.strength = np.float32(strength)
        self._from_srgb = layout.from_linear_srgb()
        # By code: f(Y) of CIELAB, and Y.
        self._fy = (L_of_codes(layout) + np.float32(16.0)) / np.float32(116.0)
        self._Y = formulas.ratio_from_f(self._fy, np).astype(np.float32)
        # float32, luma codes at the size of the planes
        self._mean = np.zeros((0, 0), np.float32)
        # float32 (2, h, w), codes of chroma of the last frame
        self._codes = np.zeros((2, 0, 0), np.float32)

    def planes(
        self, luma: np.ndarray, ab: np.ndarray, age: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Computes the two chroma planes of the next frame.

        Args:
            luma: uint8 or uint16 (H, W), codes as the layout says.
            ab: float32 (h, w, 2), CIE a* and b*, of any size; enlarged
                bilinearly.
            age: float32 (h, w), 1 or more: how many frames a pixel has held
                still.

        Returns:
            Two arrays of the type of `luma`, half of (H, W), rounded up.
        """
        weight = self._take(luma, age)
        a, b = (
            _enlarged(ab[..., i] * self.strength, weight.shape)
            for i in range(2)
        )
        u, v = self._held(self._exact(a, b), weight)
        return u, v

    def state(self) -> dict[str, np.ndarray]:
        """Returns all it knows of earlier frames."""
        return {"luma": self._mean, "chroma": self._codes}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Goes on from where `state` was taken."""
        self._mean = state.get("luma", self._mean)
        self._codes = state.get("chroma", self._codes)

    def _take(self, luma, age) -> np.ndarray:
        """Moves the mean; returns what the frame weighs in it."""
        codes = _halved(luma).astype(np.float32)
        weight = _enlarged(1.0 / age, codes.shape)
        if not self._mean.size:
            self._mean = codes
        else:
            self._mean = codes * weight + self._mean * (1.0 - weight)
        return weight

    def _exact(self, a, b) -> np.ndarray:
        """Computes codes (2, h, w) of a* and b* on the mean, not rounded."""
        codes = np.empty((2, a.size), np.float32)
        mean, a, b = self._mean.ravel(), a.ravel(), b.ravel()
        for strip in planes.strips_of(slice(0, mean.size), 1):
            levels = np.rint(mean[strip]).astype(np.intp)
            Y, fy = (
                np.take(table, levels, mode="clip")
                for table in (self._Y, self._fy)
            )
            linear = planes.linear_from_lab(Y, fy, a[strip], b[strip])
            if self._from_srgb is not None:
                linear = planes.product(self._from_srgb, linear)
            np.clip(linear, 0.0, 1.0, out=linear)
            rgb = formulas.srgb_from_linear(linear, np)
            codes[:, strip] = _differences(rgb, self.layout)
        return codes.reshape(2, *self._mean.shape)

    def _held(self, exact, weight) -> np.ndarray:
        """Codes nearest to the exact ones, or those of the last frame."""
        codes = np.clip(np.rint(exact), 0, 2**self.layout.depth - 1)
        if self._codes.size:
            tolerance = _HELD_STEPS * 2 ** (self.layout.depth - 8)
            is_held = np.abs(exact - self._codes) < tolerance
            is_held &= weight < _STILL_WEIGHT
            codes = np.where(is_held, self._codes, codes)
        self._codes = codes
        return codes.astype(self.layout.dtype)


def _differences(rgb: np.ndarray, layout: Layout) -> np.ndarray:
    """Computes float32 (2, N), codes of Cb and Cr, of encoded RGB (3, N)."""
    red, blue = layout.luma_weights
    weights = np.array([[red, 1 - red - blue, blue]], np.float32)
    differences = rgb[[2, 0]] - planes.product(weights, rgb)
    step = 2 ** (layout.depth - 8)
    scale = 256 * step - 1 if layout.is_full_range else 224 * step
    # The differences themselves go as far as 1 - blue, and 1 - red.
    spans = np.array([[2 * (1 - blue)], [2 * (1 - red)]])
    differences *= (scale / spans).astype(np.float32)
    differences += np.float32(128 * step)
    return differences


def fill_frame(
    frame: Any, planes: tuple[np.ndarray, ...], layout: Layout
) -> None:
    """Writes luma and chroma into a frame of the layout's format."""
    for plane, values in zip(frame.planes, planes, strict=True):
        height, width = values.shape
        plane_array(plane, layout.depth)[:height, :width] = values


def _enlarged(plane: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    return np.asarray(
        image.resize((shape[1], shape[0]), Image.Resampling.BILINEAR)
    )


def _halved(luma: np.ndarray) -> np.ndarray:
    """Averages each 2 x 2 pixels; an odd last row or column counts twice."""
    height, width = luma.shape
    if height % 2 or width % 2:
        luma = np.pad(luma, ((0, height % 2), (0, width % 2)), mode="edge")
    rows = luma[::2].astype(np.uint16) + luma[1::2]
    return (rows[:, ::2] + rows[:, 1::2] + 2) >> 2
