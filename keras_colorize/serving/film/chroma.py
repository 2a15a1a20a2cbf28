"""From gray to the chroma planes of a frame."""

from typing import Any

import numpy as np
from PIL import Image

from keras_colorize.color.cielab_numpy import lab_to_rgb
from keras_colorize.serving.film.luma import L_of_codes
from keras_colorize.serving.film.luma import Layout
from keras_colorize.serving.film.luma import plane_array
from keras_colorize.serving.photo_math import network_input_size
from keras_colorize.serving.session import ColorizeSession


class ChromaPredictor:
    """Asks a model for the ab of frames, at the size it works at.

    Args:
        session: The loaded model.
        temperature: For models that predict distributions.
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
        temperature: float | None,
        display_size: tuple[int, int],
        quarter_turns: int,
    ):
        self.session = session
        self.temperature = temperature
        self.quarter_turns = quarter_turns
        upright = session.contract.fixed_size or network_input_size(
            *display_size, session.contract.network_size
        )
        self.size = upright[::-1] if quarter_turns % 2 else upright

    def predict(self, grays: np.ndarray) -> np.ndarray:
        """Predicts the ab of some frames in one call of the network.

        Args:
            grays: uint8 (B, *size).

        Returns:
            float32 (B, *size, 2), CIE a* and b*.
        """
        turned = np.rot90(grays, self.quarter_turns, axes=(1, 2))
        images = np.repeat(turned[..., None], 3, axis=3)
        ab = self.session.predict_ab(images, self.temperature)
        return np.rot90(ab, -self.quarter_turns, axes=(1, 2))


def chroma_planes(
    ab: np.ndarray, luma: np.ndarray, layout: Layout
) -> tuple[np.ndarray, np.ndarray]:
    """The two chroma planes that give a luma plane this color.

    The color of L* and ab is computed as sRGB, and its differences to its
    own luma are stored; L* is that of the luma as neutral gray. As the luma
    plane itself stays, the lightness of saturated colors can differ from
    the gray frame's: what is kept is Y', as a gray television shows it.

    Args:
        ab: float32 (h, w, 2), CIE a* and b*, of any size; enlarged
            bilinearly.
        luma: uint8 or uint16 (H, W), codes as the layout says.
        layout: The film's.

    Returns:
        Two arrays of the type of `luma`, (H, W) or half that, rounded up.

    Reference: ITU-T H.273, equations 31 to 35.
    """
    codes = _halved(luma) if layout.is_subsampled else luma
    L = L_of_codes(layout)[codes]
    a, b = (_enlarged(ab[..., i], L.shape) for i in range(2))
    rgb = lab_to_rgb(np.stack([L, a, b], axis=-1))
    red, blue = layout.luma_weights
    own_luma = rgb @ np.array([red, 1 - red - blue, blue], np.float32)
    differences = (
        (rgb[..., 2] - own_luma) / (2 * (1 - blue)),  # [-0.5, 0.5]
        (rgb[..., 0] - own_luma) / (2 * (1 - red)),
    )
    largest = 2**layout.depth - 1
    scale = largest if layout.is_full_range else 224 * 2 ** (layout.depth - 8)
    middle = 2 ** (layout.depth - 1)
    u, v = (
        np.clip(np.rint(d * scale + middle), 0, largest).astype(layout.dtype)
        for d in differences
    )
    return u, v


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
    """Mean of each 2 x 2 pixels; the last row and column repeated if odd."""
    height, width = luma.shape
    if height % 2 or width % 2:
        luma = np.pad(luma, ((0, height % 2), (0, width % 2)), mode="edge")
    rows = luma[::2].astype(np.uint16) + luma[1::2]
    return (rows[:, ::2] + rows[:, 1::2] + 2) >> 2
