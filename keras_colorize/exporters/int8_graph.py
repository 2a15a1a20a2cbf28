"""An exported model with convolutions in int8, as onnxruntime runs it fast.

Results are the same on x86 processors with and without int8 instructions.
Activations are unsigned, as x86 multiplies them, and weights have 7 bits: sums
of their products stay within 16 bits, where those without VNNI would clip them.
https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
"""

import contextlib
import logging
import pathlib
import tempfile
from collections.abc import Iterator

import onnx
import onnxruntime
from onnxruntime import quantization

from keras_colorize.exporters import onnx_graph
from keras_colorize.exporters.convolutions import find_large_kernels
from keras_colorize.exporters.convolutions import find_relus
from keras_colorize.exporters.stored_weights import store_as_float16
from keras_colorize.exporters.stored_weights import store_as_int8

# Kernels with fewer weights, which tend to be the delicate ones, are stored as
# float16 unless they are computed in int8.
LARGE_KERNEL = 2**16


def compute_in_int8(
    model: onnx.ModelProto,
    nodes: list[str],
    feeds: quantization.CalibrationDataReader,
) -> onnx.ModelProto:
    """Makes a model with some convolutions in int8 and the same contract.

    Args:
        model: of `export_onnx` in fp32.
        nodes: names of the convolutions.
        feeds: inputs that set the ranges of activations.

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
    store_as_int8(quantized, large)
    store_as_float16(quantized)
    for field in ("metadata_props", "opset_import"):
        quantized.ClearField(field)
        getattr(quantized, field).extend(getattr(model, field))
    onnx_graph.set_property(quantized, "precision", "int8")
    quantized.ir_version = model.ir_version
    quantized.producer_name = model.producer_name
    quantized.producer_version = model.producer_version
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
