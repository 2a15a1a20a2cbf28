"""Static int8 of an exported ONNX file, calibrated and judged on photos.

Only convolutions of the network become int8. In float stay the color maths,
the first convolutions, whose input is the photo; the last ones, whose output
is the prediction; and depthwise ones with their neighbors, since channels that
differ widely would share one range: with the neighbors in int8, `lite` is no
faster and differs five times as much. Of those in float, large kernels are
still stored as int8.

Results are the same on x86 processors with and without int8 instructions.
Activations are unsigned, as x86 multiplies them, and weights have 7 bits: sums
of their products stay within 16 bits, where those without VNNI would clip them.
https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
"""

import contextlib
import dataclasses
import logging
import math
import os
import pathlib
import tempfile
from collections.abc import Iterator

import numpy as np
import onnx
import onnxruntime
from keras import ops
from onnxruntime import quantization
from PIL import Image

from keras_colorize.color.cielab_numpy import rgb_to_lab
from keras_colorize.color.difference import delta_e_2000
from keras_colorize.data.photo_list import PhotoList
from keras_colorize.data.photo_list import list_local_folder
from keras_colorize.data.photo_list import pick_random
from keras_colorize.exporters import onnx_graph
from keras_colorize.exporters.hint_branch import always_with_hints
from keras_colorize.exporters.hint_branch import find_hint_branches
from keras_colorize.exporters.hint_branch import skip_without_hints
from keras_colorize.exporters.validate import ExportMismatchError
from keras_colorize.files import written_beside
from keras_colorize.models.full_size import NETWORK_SCOPE
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
# Kernels with fewer weights, which tend to be the delicate ones, are stored as
# float16 unless they are computed in int8.
LARGE_KERNEL = 2**16
_ACTIVATIONS = ("Relu", "Clip")


@dataclasses.dataclass(frozen=True)
class ColorDifference:
    """CIEDE2000 between the results of two files.

    Attributes:
        mean: Mean over the photos of their mean over all pixels.
        worst: Mean over the pixels of the worst photo.
        num_photos: Number of photos that were compared.
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
    """What became of a file in int8.

    Attributes:
        num_int8: Number of convolutions that are computed in int8.
        num_inner: Number of those that could be.
        difference: Distance of its colors from those of float32.
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
        source: File of `export_onnx` in fp32, of any head and size.
        path: File to write; replaced if it exists. Its folder is made.
        photos: Folder of photos like those that will be colorized, as
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
    always_with_hints(model)
    nodes = choose_convolutions(model.graph)
    if not nodes:
        raise ValueError(
            "int8 needs convolutions inside the network, besides its first "
            f"and last ones and depthwise ones. Received: {source} without "
            "any. Export it in fp16."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_beside(path) as part:
        for count in sorted({len(nodes) // d or 1 for d in _DIVISORS})[::-1]:
            quantized = compute_in_int8(
                model, nodes[:count], _Feeds(model, calibration)
            )
            skip_without_hints(quantized)
            part.write_bytes(onnx_graph.serialize(quantized))
            found = Quantization(
                count, len(nodes), compare_colors(source, part, held_out)
            )
            if found.difference.mean <= MAX_MEAN_DIFFERENCE:
                return found
        raise ExportMismatchError(
            "In int8 the colors change too much, so nothing was written: "
            f"{found.summary()}; allowed is a mean of {MAX_MEAN_DIFFERENCE:g}. "
            "Export it in fp16, or calibrate with photos like those that it "
            "will colorize."
        )


def pick_photos(folder: str | os.PathLike) -> tuple[PhotoList, PhotoList]:
    """Picks photos to calibrate with and others to compare.

    Validation and test photos are left alone.

    Args:
        folder: As `list_local_folder` takes it; searched recursively.

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
        pick_random(photos, 0, start),
        pick_random(photos, start, num_all),
    )


def compare_colors(
    source: str | os.PathLike, path: str | os.PathLike, photos: PhotoList
) -> ColorDifference:
    """Compares the colors of two exported files with the same contract.

    Args:
        source: One .onnx file.
        path: The other one.
        photos: Photos that both colorize, with optional inputs left out.

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
            rgb = _resized(read_photo(path).rgb, self._size)[None]
            if self._name == "L":
                yield {"L": rgb_to_lab(rgb / np.float32(255.0))[..., :1]}
            else:
                yield {self._name: rgb}

    def get_next(self):
        return next(self._rest, None)


def _resized(rgb, size):
    """Shrinks a photo to `PHOTO_SIDE`, or makes it of a fixed size."""
    height, width = size
    if not height:
        scale = min(1.0, PHOTO_SIDE / min(rgb.shape[:2]))
        height, width = (max(1, round(n * scale)) for n in rgb.shape[:2])
    if rgb.shape[:2] == (height, width):
        return rgb
    return np.asarray(
        Image.fromarray(rgb).resize((width, height), Image.Resampling.BOX)
    )


def _lab_of(result, feed):
    """Returns CIELAB (1, H, W, 3) of what either head returned."""
    if "L" in feed:
        return np.concatenate([feed["L"], result], axis=-1)
    return rgb_to_lab(result / np.float32(255.0))


# === Which convolutions ===


def choose_convolutions(graph: onnx.GraphProto) -> list[str]:
    """Names the nodes that become int8, as said at the top.

    Args:
        graph: That of a file of `export_onnx` in fp32.

    Returns:
        Names of Conv nodes, in the order of the graph.
    """
    beside_depthwise = _beside_depthwise(graph)
    return [
        node.name
        for node in _inner_convolutions(graph)
        if _group_of(node) == 1 and node.name not in beside_depthwise
    ]


def find_large_kernels(graph: onnx.GraphProto, min_size: int) -> set[str]:
    """Names the kernels that may be stored as int8 where they stay float.

    Args:
        graph: That of a file of `export_onnx` in fp32.
        min_size: Smallest number of weights.

    Returns:
        Names of initializers, those of int8 convolutions among them.
    """
    sizes = {t.name: math.prod(t.dims) for t in graph.initializer}
    return {
        node.input[1]
        for node in _inner_convolutions(graph)
        if sizes.get(node.input[1], 0) >= min_size
    }


def find_relus(graph: onnx.GraphProto, names: list[str]) -> list[str]:
    """Names the ReLUs that an int8 convolution computes by its range.

    Args:
        graph: That of a file of `export_onnx` in fp32.
        names: Names of the convolutions.

    Returns:
        Names of the Relu nodes that alone read one of them.
    """
    readers = _readers(graph)
    found = []
    for node in graph.node:
        if node.name in names:
            after = readers.get(node.output[0], [])
            if [reader.op_type for reader in after] == ["Relu"]:
                found.append(after[0].name)
    return found


def _inner_convolutions(graph):
    """Returns the network's convolutions but its first and last ones."""
    # Photos of the calibration have no hints: ranges would be empty.
    hinted = {node.name for node in find_hint_branches(graph)}
    inside = [node for node in _network_convs(graph) if node.name not in hinted]
    names = {node.name for node in inside}
    first = _reached_first(graph.node, names, "input", "output")
    last = _reached_first(reversed(graph.node), names, "output", "input")
    return [node for node in inside if node.name not in first | last]


def _network_convs(graph):
    """Lists the convolutions that are named after the network.

    PyTorch names none so, and makes none outside it: there all of them are.
    """
    convs = [node for node in graph.node if node.op_type == "Conv"]
    # A convolution that the converter has renamed keeps its kernel's name.
    named = [
        node
        for node in convs
        if any(
            name.startswith(f"{NETWORK_SCOPE}/")
            for name in (node.name, node.input[1])
        )
    ]
    return named or convs


def _group_of(node):
    return next((a.i for a in node.attribute if a.name == "group"), 1)


def _beside_depthwise(graph):
    """Names the nodes right before and after a depthwise convolution."""
    readers = _readers(graph)
    pairs = [
        (node, reader)
        for node in graph.node
        if node.op_type == "Conv"
        for reader in _behind_activations(node, readers)
    ]
    return {
        one.name
        for pair in pairs
        for one, other in (pair, pair[::-1])
        if other.op_type == "Conv" and _group_of(other) > 1
    }


def _behind_activations(node, readers):
    """Returns what reads the output of a node, through activations."""
    found = []
    for reader in readers.get(node.output[0], []):
        if reader.op_type in _ACTIVATIONS:
            found += _behind_activations(reader, readers)
        else:
            found.append(reader)
    return found


def _readers(graph):
    """Maps the name of a value to the nodes that read it."""
    readers = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    return readers


def _reached_first(nodes, names, origin, destination):
    """Names those of some nodes that no other of them comes before.

    Args:
        nodes: All, in an order in which values are known before they are used.
        names: Names of some of them.
        origin: Field by which a value reaches a node.
        destination: Field by which it leaves.
    """
    behind, first = set(), set()
    for node in nodes:
        is_behind = not behind.isdisjoint(getattr(node, origin))
        if node.name in names and not is_behind:
            first.add(node.name)
        if node.name in names or is_behind:
            behind.update(getattr(node, destination))
    return first


# === Their graph ===


def compute_in_int8(
    model: onnx.ModelProto,
    nodes: list[str],
    feeds: quantization.CalibrationDataReader,
) -> onnx.ModelProto:
    """Makes a model with some convolutions in int8 and the same contract.

    Args:
        model: That of a file of `export_onnx` in fp32.
        nodes: Names of the convolutions.
        feeds: Inputs that set the ranges of activations.

    Returns:
        Another model.
    """
    large = find_large_kernels(model.graph, LARGE_KERNEL)
    with tempfile.TemporaryDirectory() as folder, _quietly():
        path = pathlib.Path(folder) / "int8.onnx"
        quantization.quantize_static(
            onnx_graph.copy_model(model),  # it is changed
            path,
            feeds,
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            nodes_to_quantize=[*nodes, *find_relus(model.graph, nodes)],
            op_types_to_quantize=["Conv", "Relu"],
            calibration_providers=["CPUExecutionProvider"],
        )
        quantized = onnx.load(path)
    _read_before_rounding(quantized.graph)
    onnx_graph.store_as_int8(quantized, large)
    onnx_graph.store_as_float16(quantized)
    for field in ("metadata_props", "opset_import"):
        quantized.ClearField(field)
        getattr(quantized, field).extend(getattr(model, field))
    onnx_graph.set_property(quantized, "precision", "int8")
    quantized.ir_version = model.ir_version
    quantized.producer_name = model.producer_name
    quantized.producer_version = model.producer_version
    quantized.doc_string = model.doc_string
    quantized.graph.doc_string = model.graph.doc_string
    quantized.model_version = model.model_version
    quantized.domain = model.domain
    del quantized.graph.value_info[:]
    return quantized


def _read_before_rounding(graph):
    """Gives float nodes values as they were before they became int8.

    Where that is what an int8 convolution returns, there is no other value.
    """
    producers = {name: node for node in graph.node for name in node.output}

    def op_of(name):
        return producers[name].op_type if name in producers else ""

    def is_int8(node):
        return (
            node.op_type == "Conv"
            and op_of(node.input[1]) == "DequantizeLinear"
        )

    for node in graph.node:
        if is_int8(node) or node.op_type == "DequantizeLinear":
            continue
        for index, name in enumerate(node.input):
            if op_of(name) != "DequantizeLinear":
                continue
            rounding = producers.get(producers[name].input[0])
            if rounding is None:  # a weight
                continue
            source = producers.get(rounding.input[0])
            if source is None or not is_int8(source):
                node.input[index] = rounding.input[0]


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Silences advice: of optional inputs, and to fold batch norms first."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    onnxruntime.set_default_logger_severity(3)
    try:
        yield
    finally:
        logger.setLevel(level)
        onnxruntime.set_default_logger_severity(2)  # its default
