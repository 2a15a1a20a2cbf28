"""Weights of an ONNX model in fewer bits than they are computed with.

Nodes beside a weight make float32 of it again. Runtimes compute them once,
when they load the file.
"""

import numpy as np
import onnx
from onnx import numpy_helper

# Start of the names of those nodes.
_RESTORING = "Weight_"
_MAX_INT8 = 127


def store_as_float16(model, rounds_kernels=True):
    """Stores weights as float16, in place.

    The file halves; a Cast node per weight brings float32 back, which
    runtimes do once, when they load the file. Computing stays float32.

    Weights that float16 holds are stored without loss. Kernels that the
    converter has multiplied with a batch norm are not among them any more:
    they are rounded, by less than 1/2000 of each value. Everything else
    stays as it is.

    Args:
        model: `onnx.ModelProto`.
        rounds_kernels: whether such kernels are stored so at all.
    """
    graph = model.graph
    inputs = {value.name for value in graph.input}
    kernels = {
        node.input[1]
        for node in graph.node
        if rounds_kernels and node.op_type in ("Conv", "ConvTranspose")
    }
    casts = []
    for tensor in graph.initializer:
        if (
            tensor.data_type != onnx.TensorProto.FLOAT
            or len(tensor.dims) < 2
            or tensor.name in inputs
        ):
            continue
        values = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):  # an overflow fails the comparison
            small = values.astype(np.float16)
        is_lossless = np.array_equal(small.astype(np.float32), values)
        fits = tensor.name in kernels and np.isfinite(small).all()
        if not (is_lossless or fits):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(small, f"{name}_float16"))
        cast = onnx.helper.make_node(
            "Cast", [f"{name}_float16"], [name], to=onnx.TensorProto.FLOAT
        )
        cast.name = f"{_RESTORING}{len(casts)}"
        casts.append(cast)
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def store_as_int8(model, kernels):
    """Stores kernels of convolutions as int8, in place.

    Each output channel has a scale of its own; zero stays zero. Computing
    stays float32: a Cast and a Mul bring it back. (A runtime would not
    compute DequantizeLinear in advance: it looks for int8 convolutions.)

    Args:
        model: `onnx.ModelProto`.
        kernels: names of float32 initializers (out, in, height, width).
    """
    restoring = []
    for tensor in list(model.graph.initializer):
        if tensor.name not in kernels:
            continue
        name, values = tensor.name, numpy_helper.to_array(tensor)
        scale = np.abs(values).max(axis=(1, 2, 3), keepdims=True) / _MAX_INT8
        scale = np.where(scale > 0, scale, 1).astype(np.float32)
        small = np.rint(values / scale).astype(np.int8)
        tensor.CopyFrom(numpy_helper.from_array(small, f"{name}_int8"))
        model.graph.initializer.append(
            numpy_helper.from_array(scale, f"{name}_scale")
        )
        number = len(restoring)
        restoring += [
            onnx.helper.make_node(
                "Cast",
                [f"{name}_int8"],
                [f"{name}_cast"],
                f"{_RESTORING}int8_{number}",
                to=onnx.TensorProto.FLOAT,
            ),
            onnx.helper.make_node(
                "Mul",
                [f"{name}_cast", f"{name}_scale"],
                [name],
                f"{_RESTORING}int8_{number + 1}",
            ),
        ]
    nodes = [*restoring, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def names_of_nodes(path):
    """Lists the nodes of a file but for those that restore weights."""
    nodes = onnx.load(path).graph.node
    return [n.name for n in nodes if not n.name.startswith(_RESTORING)]
