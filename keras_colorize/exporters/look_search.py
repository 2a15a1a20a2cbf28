"""Finds the looks of a model on held-out photos: `calibrate_looks`.

A look is a row of temperature, vividness and focus (`color.vividness`). The
network runs once a photo; each trial then costs a small enlargement, as
colors are compared at some pixels of each photo alone.
"""

import dataclasses
import itertools
from collections.abc import Iterable
from collections.abc import Sequence

import numpy as np
from keras import ops

from keras_colorize.color.cielab_numpy import lab_to_rgb
from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.color.luminance import image_to_L
from keras_colorize.color.vividness import focus_chroma
from keras_colorize.layers.resize import shrink_antialiased
from keras_colorize.metrics.colorfulness import colorfulness
from keras_colorize.metrics.fidelity import pixel_delta_e_2000
from keras_colorize.metrics.fidelity import psnr
from keras_colorize.models.full_size import usual_network_size
from keras_colorize.serving.resize import network_input_size
from keras_colorize.serving.resize import resize_bilinear

TEMPERATURES = (1.0, 0.6)
FOCUS = (0.0, 0.3, 0.45, 0.6)
CALM_VIVIDNESS = (0.8, 0.9, 1.0, 1.1)
# Colorfulness ratios that looks aim at; calm has none.
AIMS = {"natural": 0.80, "vivid": 1.0}
# Of what calm gains over gray, natural keeps this much, or aims lower.
KEPT_GAIN = 0.5
_LOWER = 0.05  # in colorfulness ratio
_VIVIDNESS = (0.25, 4.25)  # where the one that reaches an aim is looked for
_NUM_HALVINGS = 9  # to 1/128
_REACHED = 0.02  # in colorfulness ratio
_STEP = 4  # at least every so many pixels along either side are compared
_SAMPLES = 100  # of large photos so many along the short side are enough
_MAX_PSNR = 100.0  # dB; that of equal photos is infinite


@dataclasses.dataclass(frozen=True, eq=False)
class SampledPhoto:
    """Some pixels of a photo, and what the network says of all.

    Attributes:
        rgb: uint8 (H, W, 3), those pixels of the true photo, sRGB.
        lab: float32 (H, W, 3), the same.
        ab: by temperature, float32 (h, w, 2) of the network.
        rows: float32 (H, h), which makes rows of pixels of those of `ab`.
        columns: float32 (W, w), the same.
        gray: float (3,), what `_scores` says of the photo without color.
    """

    rgb: np.ndarray
    lab: np.ndarray
    ab: dict[float, np.ndarray]
    rows: np.ndarray
    columns: np.ndarray
    gray: np.ndarray


@dataclasses.dataclass(frozen=True)
class LookScore:
    """Means over photos.

    Attributes:
        psnr: minus gray's, dB.
        delta_e: CIEDE2000 minus gray's.
        colorfulness: over that of the true photos.
    """

    psnr: float
    delta_e: float
    colorfulness: float

    @property
    def gain(self) -> float:
        """What is maximized: a dB counts as one of CIEDE2000."""
        return self.psnr - self.delta_e


@dataclasses.dataclass(frozen=True)
class FoundLook:
    """A look and its scores on the photos it was chosen on."""

    settings: dict[str, float]
    score: LookScore


def calibrate_looks(
    model, images: Iterable[np.ndarray], network_size: int | None = None
) -> dict[str, FoundLook]:
    """Gives a model looks of its own.

    Looks belong to weights: a network that learned more is surer of its
    colors, and with the looks that it had before they are too strong.

    Example:
        calibrate_looks(model, (read_photo(path).rgb for path in held_out))
        export_onnx(model, "mine.onnx")

    Args:
        model: `Colorizer` that takes looks and predicts distributions; its
            `looks` are replaced.
        images: uint8 (H, W, 3), sRGB: color photos, at least one, that it was
            not trained on. A dozen give a rough idea, some hundred a good
            one.
        network_size: short side of the network's input in pixels. None for
            that of exported files.

    Returns:
        What was found, by the name of the look.

    Raises:
        ValueError: If the model takes no looks, or there are no photos.
    """
    if "looks" not in model.get_config() or model.output_kind != "q_logits":
        raise ValueError(
            "Looks are those of models that take them and predict "
            f"distributions, as the lite ones. Received: {model.name}."
        )
    size = network_size or usual_network_size(model)
    photos = [sample_photo(model, image, size) for image in images]
    if not photos:
        raise ValueError("Looks are found on photos. Received: no photo.")
    looks = find_looks(photos)
    model.looks = {name: dict(look.settings) for name, look in looks.items()}
    return looks


def sample_photo(
    model, image: np.ndarray, network_size: int, step: int | None = None
) -> SampledPhoto:
    """Runs the network on a photo, as the serving graph does.

    Args:
        model: `Colorizer` that predicts distributions.
        image: uint8 (H, W, 3), sRGB.
        network_size: short side of the network's input in pixels.
        step: every so many pixels are compared; None for what is enough.
    """
    height, width = image.shape[:2]
    if step is None:
        step = max(_STEP, min(height, width) // _SAMPLES)
    size = network_input_size(height, width, network_size)
    padded = tuple(
        -(-n // model.size_multiple) * model.size_multiple for n in size
    )
    L = shrink_antialiased(
        ops.convert_to_tensor(image_to_L(image)[None]), size, padded
    )
    outputs = model(model.network_inputs(L), training=False)
    ab = {
        t: ops.convert_to_numpy(model.decode_ab(outputs, L, t))[0]
        for t in TEMPERATURES
    }
    start = min(step // 2, height - 1, width - 1)
    rgb = np.ascontiguousarray(image[start::step, start::step])
    rows, columns = (
        _enlarging(inner, full)[start::step] @ _enlarging(small, whole)[:inner]
        for full, inner, whole, small in zip(
            (height, width), size, padded, ab[1.0].shape, strict=False
        )
    )
    lab = rgb_to_lab(rgb.astype(np.float32) / 255.0)
    gray = _scores(rgb, lab, np.zeros_like(lab[..., 1:]))
    return SampledPhoto(rgb, lab, ab, rows, columns, gray)


def score_look(
    photos: Sequence[SampledPhoto], settings: dict[str, float]
) -> LookScore:
    """Scores a look.

    Args:
        photos: at least one.
        settings: temperature (of `TEMPERATURES`), vividness, focus.
    """
    scores = np.stack(
        [
            _scores(photo.rgb, photo.lab, _enlarged(photo, settings))
            for photo in photos
        ]
    )
    gray = np.stack([photo.gray for photo in photos])
    psnr_gain, delta_e_gain, _ = (scores - gray).mean(axis=0)
    true = sum(float(colorfulness(photo.rgb)) for photo in photos)
    return LookScore(
        float(psnr_gain), float(delta_e_gain), float(scores[:, 2].sum() / true)
    )


def find_looks(photos: Sequence[SampledPhoto]) -> dict[str, FoundLook]:
    """Finds the looks natural, vivid and calm.

    Each has the largest `LookScore.gain`: natural and vivid of those with the
    colorfulness ratio of `AIMS`, calm of all. A weak model's colors would be
    further from the truth than gray at that strength: its natural has as
    little more color than calm as leaves half of what calm gains.

    Args:
        photos: that the model was not trained on.
    """
    calm = max(
        (
            _found(photos, *point, vividness)
            for point in itertools.product(TEMPERATURES, FOCUS)
            for vividness in CALM_VIVIDNESS
        ),
        key=lambda found: found.score.gain,
    )
    aim = AIMS["natural"]
    natural = _best_at(photos, aim)
    while (
        natural.score.gain < KEPT_GAIN * calm.score.gain
        and aim - _LOWER > calm.score.colorfulness
    ):
        aim -= _LOWER
        natural = _best_at(photos, aim)
    vivid = _best_at(photos, AIMS["vivid"])
    return {"natural": natural, "vivid": vivid, "calm": calm}


def _best_at(photos, aim):
    """Finds the largest gain of looks with a colorfulness ratio."""
    found = [
        _reach(photos, *point, aim)
        for point in itertools.product(TEMPERATURES, FOCUS)
    ]
    misses = [abs(one.score.colorfulness - aim) for one in found]
    near = max(_REACHED, min(misses))
    return max(
        (f for f, miss in zip(found, misses, strict=True) if miss <= near),
        key=lambda one: one.score.gain,
    )


def _reach(photos, temperature, focus, aim):
    """Finds the smallest vividness that reaches a colorfulness, if any does."""
    low, high = _VIVIDNESS
    reached = None
    for _ in range(_NUM_HALVINGS):
        found = _found(photos, temperature, focus, (low + high) / 2)
        if found.score.colorfulness < aim:
            low = found.settings["vividness"]
        else:
            high = found.settings["vividness"]
            reached = found
    return reached or found


def _found(photos, temperature, focus, vividness):
    settings = {
        "temperature": temperature,
        "vividness": round(vividness, 3),
        "focus": focus,
    }
    return FoundLook(settings, score_look(photos, settings))


def _enlarging(size_in, size_out):
    """Makes the matrix of `resize_bilinear`, (size_out, size_in)."""
    each = np.eye(size_in, dtype=np.float32)[..., None]
    return resize_bilinear(each, size_out, size_in)[..., 0]


def _enlarged(photo, settings):
    small = focus_chroma(
        photo.ab[settings["temperature"]],
        settings["vividness"],
        settings["focus"],
    )
    small = ops.convert_to_numpy(small)
    return np.einsum(
        "yh,hwc,xw->yxc", photo.rows, small, photo.columns, optimize=True
    )


def _scores(rgb, true_lab, ab):
    """PSNR, mean CIEDE2000 and colorfulness of ab on the true lightness."""
    lab = np.concatenate([true_lab[..., :1], ab], axis=-1, dtype=np.float32)
    image = np.rint(lab_to_rgb(lab) * 255.0).astype(np.uint8)
    seen = rgb_to_lab(image.astype(np.float32) / 255.0)
    return np.array(
        [
            min(psnr(rgb, image), _MAX_PSNR),
            pixel_delta_e_2000(true_lab, seen).mean(),
            colorfulness(image),
        ]
    )
