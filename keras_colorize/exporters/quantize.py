"""Static int8 of an exported ONNX file, calibrated and judged on photos.

Only convolutions of the network become int8. In float stay the color maths,
the first convolutions, whose input is the photo; the last ones, whose output
is the prediction; and depthwise ones with their neighbors, since channels that
differ widely would share one range: with the neighbors in int8, `lite` is no
faster and differs five times as much. Of those in float, large kernels are
still stored as int8.
"""

import dataclasses
import os
import pathlib
from collections.abc import Iterator

import numpy as np
import onnx
from keras import ops
from onnxruntime import quantization
from PIL import Image

from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.color.difference import delta_e_2000
from keras_colorize.data.photo_list import PhotoList
from keras_colorize.data.photo_list import list_local_folder
from keras_colorize.data.photo_list import pick_random
from keras_colorize.exporters import onnx_graph
from keras_colorize.exporters.convolutions import choose_convolutions
from keras_colorize.exporters.int8_graph import compute_in_int8
from keras_colorize.exporters.validate import ExportMismatchError
from keras_colorize.serving.images.read import read_photo

# Largest mean CIEDE2000 to the float32 file; about 1 is just noticeable.
MAX_MEAN_DIFFERENCE = 1.5
# Where it is more, the convolutions nearest to the result stay in float: a
# half of them, then three quarters.
_DIVISORS = (1, 2, 4)
# Photos that set the ranges of activations, and others that are compared.
NUM_CALIBRATION = 32
NUM_HELD_OUT = 16
# Of fewer, a third is held out; fewer than this say nothing.
MIN_PHOTOS = 6
# In pixels. Larger photos are shrunk to this short side.
PHOTO_SIDE = 256


@dataclasses.dataclass(frozen=True)
class ColorDifference:
    """CIEDE2000 between the results of two files.

    Attributes:
        mean: mean over the photos of their mean over all pixels.
        worst: mean over the pixels of the worst photo.
        num_photos: photos that were compared.
    """

    mean: float
    worst: float
    num_photos: int

    def summary(self) -> str:
        """Returns a part of a line for a terminal."""
        return (
            f"mean CIEDE2000 to fp32 {self.mean:.2f} on {self.num_photos} "
            f"photos, {self.worst:.2f} on the worst"
        )


@dataclasses.dataclass(frozen=True)
class Quantization:
    """What an int8 file is.

    Attributes:
        num_int8: convolutions that are computed in int8.
        num_inner: those that could be.
        difference: how far its colors are from those of float32.
    """

    num_int8: int
    num_inner: int
    difference: ColorDifference

    def summary(self) -> str:
        """Returns a part of a line for a terminal."""
        return (
            f"{self.num_int8} of {self.num_inner} inner convolutions in int8, "
            f"{self.difference.summary()}"
        )


def quantize_onnx(
    source: str | os.PathLike,
    path: str | os.PathLike,
    photos: str | os.PathLike,
) -> Quantization:
    """Writes an exported float32 file with convolutions in int8.

    All inner ones if the colors stay close enough, else the first half or
    quarter of them.

    Weights have one scale a channel and are symmetric; activations have one
    scale and offset a tensor, by the smallest and largest value seen. Other
    kernels are stored as int8 if they are large, else as float16.
    Names, optional inputs, metadata (plus `precision`) and IR version are
    those of `source`.

    Args:
        source: file of `export_onnx` in fp32, of any head and size.
        path: file to write; replaced if it exists. Its folder is made.
        photos: folder of photos like those that will be colorized, as
            `pick_photos` takes it. `NUM_CALIBRATION` of them set the ranges,
            and `NUM_HELD_OUT` others are compared.

    Returns:
        What was written, and how far its colors are from those of `source`
        on photos that were not used for the ranges.

    Raises:
        ExportMismatchError: If that is more than `MAX_MEAN_DIFFERENCE` even
            with a quarter of the convolutions. No file is left, and a file
            that was there before is untouched.
        PhotoError: If a photo cannot be read.
        ValueError: If the folder has too few photos or `source` has no
            convolution to quantize.
    """
    path = pathlib.Path(path)
    calibration, held_out = pick_photos(photos)
    model = onnx.load(source)
    nodes = choose_convolutions(model.graph)
    if not nodes:
        raise ValueError(
            "int8 needs convolutions inside the network, besides its first "
            f"and last ones and depthwise ones. Received: {source} without "
            "any. Export it in fp16."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        for count in sorted({len(nodes) // d or 1 for d in _DIVISORS})[::-1]:
            quantized = compute_in_int8(
                model, nodes[:count], _Feeds(model, calibration)
            )
            partial.write_bytes(onnx_graph.serialize(quantized))
            found = Quantization(
                count,
                len(nodes),
                compare_colors(source, partial, held_out),
            )
            if found.difference.mean <= MAX_MEAN_DIFFERENCE:
                os.replace(partial, path)
                return found
    finally:
        partial.unlink(missing_ok=True)
    raise ExportMismatchError(
        "In int8 the colors change too much, so nothing was written: "
        f"{found.summary()}; allowed is a mean of {MAX_MEAN_DIFFERENCE:g}. "
        "Export it in fp16, or calibrate with photos like those that it will "
        "colorize."
    )


def pick_photos(folder: str | os.PathLike) -> tuple[PhotoList, PhotoList]:
    """Picks photos to calibrate with and others to compare.

    Validation and test photos are left alone.

    Args:
        folder: a folder as `list_local_folder` takes it, searched recursively.

    Returns:
        Two disjoint lists of training photos, chosen by a hash of their
        names: the same on every machine.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If it has fewer than `MIN_PHOTOS` photos.
    """
    if not pathlib.Path(folder).is_dir():
        raise FileNotFoundError(f"There is no folder {folder} of photos.")
    photos = list_local_folder(folder, "train")
    if len(photos) < MIN_PHOTOS:
        raise ValueError(
            f"int8 is calibrated with at least {MIN_PHOTOS} photos, better "
            f"{NUM_CALIBRATION + NUM_HELD_OUT}. Received: {folder} with "
            f"{len(photos)} to train with."
        )
    num_held_out = min(NUM_HELD_OUT, len(photos) // 3)
    num_all = min(len(photos), NUM_CALIBRATION + num_held_out)
    start = num_all - num_held_out
    return (
        pick_random(photos, 0, start, root=folder),
        pick_random(photos, start, num_all, root=folder),
    )


def compare_colors(
    source: str | os.PathLike, path: str | os.PathLike, photos: PhotoList
) -> ColorDifference:
    """Compares the colors of two exported files with the same contract.

    Args:
        source: one .onnx file.
        path: the other.
        photos: what both colorize, with their optional inputs left out.

    Returns:
        `ColorDifference`.
    """
    sessions = [onnx_graph.open_session(file) for file in (source, path)]
    means = []
    for feed in _Feeds(onnx.load(source), photos):
        labs = [
            _lab_of(session.run(None, feed)[0], feed) for session in sessions
        ]
        means.append(float(ops.mean(delta_e_2000(*labs))))
    return ColorDifference(
        float(np.mean(means)), float(np.max(means)), len(means)
    )


class _Feeds(quantization.CalibrationDataReader):
    """Photos as the inputs of an exported file, one at a time."""

    def __init__(self, model, photos):
        optional = {tensor.name for tensor in model.graph.initializer}
        (image,) = (v for v in model.graph.input if v.name not in optional)
        axes = image.type.tensor_type.shape.dim
        self._name = image.name
        self._size = (axes[1].dim_value, axes[2].dim_value)  # 0 for any
        self._photos = photos
        self._rest = iter(self)

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        for path in self._photos:
            rgb = _resized(read_photo(path).rgb, *self._size)[None]
            if self._name == "L":
                yield {"L": rgb_to_lab(rgb / np.float32(255.0))[..., :1]}
            else:
                yield {self._name: rgb}

    def get_next(self):
        return next(self._rest, None)


def _resized(rgb, height, width):
    """To a fixed size, or to `PHOTO_SIDE` if the photo is larger."""
    if not height:
        scale = min(1.0, PHOTO_SIDE / min(rgb.shape[:2]))
        height, width = (max(1, round(n * scale)) for n in rgb.shape[:2])
    if rgb.shape[:2] == (height, width):
        return rgb
    return np.asarray(
        Image.fromarray(rgb).resize((width, height), Image.Resampling.BOX)
    )


def _lab_of(result, feed):
    """CIELAB (1, H, W, 3) of what either head returned."""
    if "L" in feed:
        return np.concatenate([feed["L"], result], axis=-1)
    return rgb_to_lab(result / np.float32(255.0))
