"""Export to ONNX: one file from photo to photo, compared with Keras.

The contract of the file (input and output names, ranges, defaults) is that
of `serving_graph.ServingGraph` and is also written into the file's
`metadata_props`.
"""

import dataclasses
import os
import pathlib

import keras
import numpy as np
import onnx

import keras_colorize
from keras_colorize.exporters import onnx_graph
from keras_colorize.exporters.hint_branch import skip_without_hints
from keras_colorize.exporters.onnx_graph import OPSETS
from keras_colorize.exporters.precision import check_precision
from keras_colorize.exporters.precision import copy_in_float32
from keras_colorize.exporters.provenance import describe
from keras_colorize.exporters.provenance import describe_parts
from keras_colorize.exporters.quantize import Quantization
from keras_colorize.exporters.quantize import pick_photos
from keras_colorize.exporters.quantize import quantize_onnx
from keras_colorize.exporters.signature import Signature
from keras_colorize.exporters.validate import Agreement
from keras_colorize.exporters.validate import check_agreement
from keras_colorize.exporters.validate import parse_size
from keras_colorize.files import written_beside
from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.full_size import NETWORK_SCOPE

# What converts a model, and the Keras backend that it needs.
CONVERTERS = {"tf2onnx": "tensorflow", "torch": "torch"}


@dataclasses.dataclass(frozen=True)
class ExportReport:
    """What was written.

    Attributes:
        path: The file.
        num_bytes: Size of the file.
        num_nodes: Number of ONNX nodes, without those that restore stored
            weights.
        num_network_nodes: Number of nodes of the network itself, without
            color maths and resizing; None where PyTorch converted, which
            does not tell.
        agreement: Distance to Keras; for int8, that of the file before its
            convolutions were quantized.
        precision: One of `precision.PRECISIONS`.
        quantization: Of int8, what became of its convolutions and colors.
    """

    path: pathlib.Path
    num_bytes: int
    num_nodes: int
    num_network_nodes: int | None
    agreement: Agreement
    precision: str = "fp32"
    quantization: Quantization | None = None

    def summary(self) -> str:
        """Returns one line for a terminal."""
        found = self.quantization or self.agreement
        nodes = f"{self.num_nodes} nodes"
        if self.num_network_nodes is not None:
            nodes += f" ({self.num_network_nodes} of the network)"
        return (
            f"{self.path}: {self.precision}, {self.num_bytes / 1e6:.1f} MB, "
            f"{nodes}, {found.summary()}"
        )


def export_onnx(
    model,
    path: str | os.PathLike,
    *,
    size: str | int = "dynamic",
    head: str = "photo",
    network_size: int | None = None,
    opset: int = 18,
    precision: str = "fp32",
    calibration: str | os.PathLike | None = None,
    converter: str = "tf2onnx",
    metadata: dict[str, str] | None = None,
) -> ExportReport:
    """Writes a model as an ONNX file after comparing it with Keras.

    Args:
        model: `Colorizer`, of any dtype policy; exported in float32.
        path: File to write; replaced if it exists. Its folder is made.
        size: `"dynamic"` for images of any size, or the side in pixels of
            the only (square) size that the file takes.
        head: `"photo"` (uint8 photo in and out) or `"ab"` (L to ab).
        network_size: Length in pixels of the network input's short side. None
            for that of `model.colorize`.
        opset: 17 or 18.
        precision: `"fp32"`; `"fp16"`, which halves the file: kernels are
            rounded to float16, and Keras is given the same kernels to
            compare. Computing stays float32. Or `"int8"`, which quarters
            it: see `exporters.quantize`.
        calibration: Folder of photos, for int8 only.
        converter: `"tf2onnx"`, for Keras on TensorFlow, or `"torch"`, for
            Keras on PyTorch: see `exporters.torch_graph`. The second writes
            opset 18 alone.
        metadata: Further `metadata_props` (model, weights, license …).

    Returns:
        `ExportReport`.

    Raises:
        ExportMismatchError: If ONNX Runtime and Keras, or int8 and fp32,
            differ too much. No file is left, and a file that was there
            before is untouched.
        ImportError: If onnx or what the converter needs is not installed.
        ValueError: If an argument is outside what is said above.
    """
    writer = OnnxWriter(
        model,
        size=size,
        head=head,
        network_size=network_size,
        opset=opset,
        calibration=calibration,
        converter=converter,
        metadata=metadata,
    )
    return writer.write(path, precision)


@dataclasses.dataclass
class OnnxWriter:
    """Writes a model in several precisions, and converts it no more than twice.

    fp16 and int8 are made from the same graph, whose kernels are rounded. The
    attributes are as `export_onnx` takes them.
    """

    model: Colorizer
    _: dataclasses.KW_ONLY
    size: str | int = "dynamic"
    head: str = "photo"
    network_size: int | None = None
    opset: int = 18
    calibration: str | os.PathLike | None = None
    converter: str = "tf2onnx"
    metadata: dict[str, str] | None = None

    def __post_init__(self):
        self._image_size = parse_size(self.size)
        self._last: _Converted | None = None

    def write(
        self, path: str | os.PathLike, precision: str = "fp32"
    ) -> ExportReport:
        """Writes one file; arguments, result and errors: see `export_onnx`."""
        path = pathlib.Path(path)
        if path.is_dir():
            raise IsADirectoryError(
                f"{path} is a folder. Give the name of the .onnx file to write."
            )
        check_options(self.opset, precision, self.calibration, self.converter)
        path.parent.mkdir(parents=True, exist_ok=True)
        quantization = None
        with written_beside(path) as part:
            converted = self._convert(rounds_kernels=precision != "fp32")
            onnx_graph.set_property(converted.proto, "precision", precision)
            part.write_bytes(_bytes_of(converted.proto))
            if converted.agreement is None:
                converted.agreement = _compare_with_keras(part, converted.graph)
            agreement = converted.agreement
            if precision == "fp16":
                agreement = _write_as_float16(converted, part)
            if precision == "int8" and self.calibration is not None:
                quantization = quantize_onnx(part, part, self.calibration)
        nodes = onnx_graph.names_of_nodes(path)
        return ExportReport(
            path=path,
            num_bytes=path.stat().st_size,
            num_nodes=len(nodes),
            num_network_nodes=sum(
                n.startswith(f"{NETWORK_SCOPE}/") for n in nodes
            )
            if self.converter == "tf2onnx"
            else None,
            agreement=agreement,
            precision=precision,
            quantization=quantization,
        )

    def _convert(self, rounds_kernels):
        """Converts the model, unless the last `_Converted` is as wanted."""
        if self._last and self._last.rounds_kernels == rounds_kernels:
            return self._last
        self._last = None  # large models: not two of them at a time
        model = copy_in_float32(self.model, rounds_kernels)
        graph = make_graph(
            self.converter,
            model,
            self.network_size,
            self.head,
            self._image_size,
        )
        properties = {
            **describe(model, graph),
            **describe_parts(model, graph),
            **(self.metadata or {}),
        }
        proto = _to_onnx(graph, self.opset, properties)
        self._last = _Converted(proto, graph, rounds_kernels)
        return self._last


@dataclasses.dataclass
class _Converted:
    """An ONNX model in float32 and what it was converted from.

    Attributes:
        proto: The model, with its names and properties.
        graph: What `make_graph` returned.
        rounds_kernels: Whether the kernels of both are values of float16.
        agreement: Distance between both, once it was measured.
    """

    proto: onnx.ModelProto
    graph: Signature
    rounds_kernels: bool
    agreement: Agreement | None = None


def make_graph(converter: str, *arguments) -> Signature:
    """Wraps a model, for the converter and the comparison.

    Args:
        converter: One of `CONVERTERS`.
        *arguments: Those of `Signature`.

    Returns:
        `ServingGraph` or `TorchGraph`.

    Raises:
        ImportError: If the converter's framework is not installed.
        TypeError: As of `Signature`.
        ValueError: As of `Signature`.
    """
    if converter == "torch":
        from keras_colorize.exporters.torch_graph import TorchGraph

        return TorchGraph(*arguments)
    from keras_colorize.exporters.serving_graph import build_serving_graph

    return build_serving_graph(*arguments)


def check_options(
    opset: int,
    precision: str,
    calibration: str | os.PathLike | None,
    converter: str = "tf2onnx",
) -> None:
    """Refuses options of `export_onnx` before any work is done.

    Args:
        opset: As `export_onnx` takes it.
        precision: As `export_onnx` takes it.
        calibration: As `export_onnx` takes it.
        converter: As `export_onnx` takes it.

    Raises:
        FileNotFoundError: If int8 is wanted and the folder is not there.
        ValueError: If an argument is not one that `export_onnx` takes, or
            int8 is wanted without enough photos; or the converter does not
            write that, or not under the Keras backend that runs.
    """
    if converter not in CONVERTERS:
        raise ValueError(
            f"`converter` must be one of {tuple(CONVERTERS)}. "
            f"Received: converter={converter!r}."
        )
    if opset not in OPSETS:
        raise ValueError(
            f"`opset` must be one of {OPSETS}. Received: opset={opset}."
        )
    check_precision(precision)
    if converter == "torch" and opset != 18:
        raise ValueError(
            "converter='torch' writes opset 18: leave `opset` out, or use "
            f"converter='tf2onnx'. Received: opset={opset}."
        )
    backend = keras.backend.backend()
    if backend != CONVERTERS[converter]:
        raise ValueError(
            f"converter={converter!r} needs Keras on {CONVERTERS[converter]}: "
            f"set the variable KERAS_BACKEND={CONVERTERS[converter]} before "
            f"Keras is imported. Received: KERAS_BACKEND={backend}."
        )
    if precision != "int8":
        return
    if calibration is None:
        raise ValueError(
            "int8 needs a folder of photos to calibrate with: give "
            "--calibration. Received: calibration=None."
        )
    pick_photos(calibration)


def _to_onnx(graph, opset, properties):
    """Converts a serving graph, with its names and properties."""
    proto = graph.to_onnx(opset)
    parts = ("ab",) if graph.part_defaults else ()
    onnx_graph.name_inputs_and_outputs(
        proto,
        (*graph.input_names, *graph.part_defaults),
        (graph.output_name, *parts),
        graph.image_size,
    )
    onnx_graph.add_input_defaults(
        proto, {**graph.defaults, **graph.part_defaults}
    )
    proto.graph.name = properties["model"]
    proto.producer_name = "keras_colorize"
    proto.producer_version = keras_colorize.__version__
    for key, value in properties.items():
        proto.metadata_props.add(key=key, value=value)
    onnx_graph.describe_model(proto, properties)
    return proto


def _write_as_float16(converted, path):
    half = onnx_graph.copy_model(converted.proto)
    onnx_graph.store_as_float16(half)
    path.write_bytes(_bytes_of(half))
    return _compare_with_keras(path, converted.graph)


def _bytes_of(proto):
    finished = onnx_graph.copy_model(proto)
    skip_without_hints(finished)
    return onnx_graph.serialize(finished)


def _compare_with_keras(path, graph):
    return check_agreement(
        graph.serve_unrounded,
        _onnxruntime_function(path, graph),
        graph.head,
        graph.defaults,
        graph.image_size,
    )


def _onnxruntime_function(path, graph):
    """Opens a file as a function (image, **options) -> array."""
    session = onnx_graph.open_session(path)
    image_name = graph.input_names[0]

    def run(image, **scalars):
        feed = {n: np.array(v, np.float32) for n, v in scalars.items()}
        return session.run([graph.output_name], {image_name: image, **feed})[0]

    return run
