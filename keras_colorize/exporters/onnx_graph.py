"""What is done to an ONNX model: names, defaults, weights in fewer bits.

tf2onnx names the result `Identity:0` and unknown axes `unk__60`, which is
mended here. Of weights in fewer bits than they are computed with, nodes beside
them make float32 again; runtimes compute those once, when they load the file.
`exporters.onnx` decides what to export.
"""

import tempfile

import numpy as np
import onnxruntime

HOW_TO_INSTALL = (
    "Export to ONNX needs onnx and tf2onnx. Install them with: "
    'pip install "keras-colorize[export]"'
)

HOW_TO_INSTALL_TORCH = (
    "Export to ONNX by PyTorch needs torch and onnxscript. Install them with: "
    'pip install "keras-colorize[torch]"'
)

try:
    import onnx
    from onnx import numpy_helper
except ImportError as error:
    raise ImportError(HOW_TO_INSTALL) from error

# Versions of the operators that are written. 17 is the first with every
# operation that tf2onnx makes of the models; 18, the default, is what PyTorch's
# exporter writes. onnxruntime 1.20, the oldest that this package runs on, reads
# up to 21, older ones from 1.14 on 18: nothing is gained by a newer one.
# https://onnxruntime.ai/docs/reference/compatibility.html
OPSETS = (17, 18)
# Of the container: that of ONNX 1.13, the release of opset 18, hence read by
# every runtime that knows the operators. PyTorch would write 10, for types of
# 4 bits and notes at nodes that no file of ours has.
IR_VERSION = 8
# Of inputs and outputs whose axes are no image's; the last one has a known
# length.
_IMAGE_AXES = ("batch", "height", "width")
_AXIS_NAMES = {
    "hints": ("hint_batch", "hint_points"),
    "L_offset": ("offset_batch", "offset_height", "offset_width"),
}
_SMALL_AXES = ("batch", "ab_height", "ab_width")
# Start of the names of nodes that make float32 of a stored weight again.
_RESTORING = "Weight_"
_MAX_INT8 = 127
# Axis of a kernel along which a batch norm behind the operator scales it.
_CHANNEL_AXES = {"Conv": 0, "ConvTranspose": 1}
# Of the last of the 11 bits of a float16: a value and its factor carry the
# rounding of float32. It is a millionth of the value at most.
_MAX_BIT_ERROR = 1e-3
_MAX_SPLIT_ERROR = 2e-6  # of a value; the factor is rounded once more


def name_inputs_and_outputs(model, input_names, output_names, image_size=None):
    """Names the graph's inputs, its outputs, and their axes, in place.

    And says which version of the container that takes.

    Args:
        model: `onnx.ModelProto` as converted.
        input_names: sequence of names, in the order of the function's
            arguments; the first is the image.
        output_names: sequence of names; the first one's is of the image's
            size, a second one's is ab of another.
        image_size: pair (height, width) of ints, or None for any.

    Raises:
        ValueError: If the graph has other inputs than these.
    """
    graph = model.graph
    # tf2onnx takes the argument names, but may change their case and order.
    converted = {
        value.name.split(":")[0].lower(): value for value in graph.input
    }
    if sorted(converted) != sorted(name.lower() for name in input_names):
        raise ValueError(
            f"Expected the inputs {list(input_names)} in the converted graph. "
            f"Received: {[value.name for value in graph.input]}."
        )
    new_names = {
        value.name: name
        for value, name in zip(graph.output, output_names, strict=True)
    }
    inputs = []
    for name in input_names:
        value = converted[name.lower()]
        new_names[value.name] = name
        inputs.append(onnx.ValueInfoProto())
        inputs[-1].CopyFrom(value)
    del graph.input[:]
    graph.input.extend(inputs)
    rename_values(graph, new_names)
    for value in (graph.input[0], graph.output[0]):
        _name_axes(value, _IMAGE_AXES, image_size)
    for value in graph.input[1:]:
        _name_axes(value, _AXIS_NAMES.get(value.name, ()))
    for value in graph.output[1:]:
        _name_axes(value, _SMALL_AXES)
    # Sizes with invented names of inner tensors; runtimes infer them again.
    del graph.value_info[:]
    model.ir_version = IR_VERSION


def add_input_defaults(model, defaults):
    """Lets callers omit inputs: adds their values, in place.

    Args:
        model: `onnx.ModelProto` with inputs of these names.
        defaults: dict of floats and float32 arrays by input name. An
            initializer with the name of an input is its default in ONNX;
            what a caller gives may have another shape.
    """
    for name, value in defaults.items():
        default = numpy_helper.from_array(np.array(value, np.float32), name)
        model.graph.initializer.append(default)


def fix_inputs(model, names):
    """Makes some inputs required and the rest constant, in place.

    For bare runtimes: onnxruntime warns of each optional input when it loads
    a file, and in browsers takes none. What is constant keeps its default.

    Args:
        model: `onnx.ModelProto` of an exported file.
        names: names of the inputs that callers shall give, the image among
            them.

    Raises:
        ValueError: If the file has no such input, or needs another one.
    """
    graph = model.graph
    inputs = [value.name for value in graph.input]
    optional = {tensor.name for tensor in graph.initializer} & set(inputs)
    unknown = sorted(set(names) - set(inputs))
    missing = sorted(set(inputs) - optional - set(names))
    if unknown or missing:
        raise ValueError(
            f"`names` must be inputs of the file, {', '.join(inputs)}, and "
            f"those without a default among them. Received: {list(names)}."
        )
    kept_inputs = [value for value in graph.input if value.name in names]
    kept_values = [x for x in graph.initializer if x.name not in names]
    del graph.input[:], graph.initializer[:]
    graph.input.extend(kept_inputs)
    graph.initializer.extend(kept_values)


def describe_model(model, properties):
    """Writes what a file is where tools look for it, in place.

    Args:
        model: `onnx.ModelProto` with named inputs and outputs.
        properties: dict of str, its `metadata_props`.
    """
    text = f"Colorizes gray photos: {properties['model']}"
    if properties.get("weights"):
        text += f", weights {properties['weights']}"
    text += f". {properties['contract']}"
    for key in ("license", "training_data", "source"):
        if properties.get(key):
            text += f" {key.replace('_', ' ').capitalize()}: {properties[key]}"
            text += "" if text.endswith(".") else "."
    model.doc_string = model.graph.doc_string = text
    version = properties.get("weights_version", "")
    model.model_version = int(version) if version.isdecimal() else 0
    model.domain = "keras_colorize"


def store_as_float16(model):
    """Stores weights as float16 without loss, in place.

    The file halves; a Cast node per weight brings float32 back, which
    runtimes do once, when they load the file. Computing stays float32.

    A converter multiplies kernels with the batch norm behind them, which
    float16 does not hold any more. Where their values were those of float16
    before, the kernel as it was is stored, and beside it, as float32, the
    factor of each channel, with which it is multiplied when it is loaded.

    Args:
        model: `onnx.ModelProto`.
    """
    inputs = {value.name for value in model.graph.input}
    axes = {
        node.input[1]: _CHANNEL_AXES[node.op_type]
        for node in model.graph.node
        if node.op_type in _CHANNEL_AXES
    }
    restoring = []
    for tensor in list(model.graph.initializer):
        if (
            tensor.data_type != onnx.TensorProto.FLOAT
            or len(tensor.dims) < 2
            or tensor.name in inputs
        ):
            continue
        values = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            small, scale = values.astype(np.float16), None
        if not np.array_equal(small.astype(np.float32), values):
            if tensor.name not in axes:
                continue
            small, scale = _split_float16(values, axes[tensor.name])
            if small is None:
                continue
        restoring += _store(model, tensor, small, scale)
    _prepend_nodes(model, restoring)


def _split_float16(kernel, axis):
    """Finds the float16 values that the channels of a kernel are multiples of.

    A float16 has 11 significant bits, so the largest value of a channel is a
    whole number from 1024 to 2047 times the factor that is looked for, but
    for a power of two: each is tried.

    Args:
        kernel: float32 array.
        axis: Axis of the channels, each of which has a factor.

    Returns:
        Kernel in float16 and factors in float32, which broadcast; their
        product is `kernel`, but for the last bits of float32. Twice None if
        there are none.
    """
    channels = np.moveaxis(kernel, axis, 0).reshape(kernel.shape[axis], -1)
    small = np.zeros_like(channels, np.float16)
    scales = np.ones(len(channels), np.float32)
    for index, channel in enumerate(channels.astype(np.float64)):
        largest = channel[np.abs(channel).argmax()]
        if largest == 0.0:
            continue
        factors = largest / np.arange(1024, 2048)
        for values in (channel[:16], channel):  # the first leave few
            bits = 2048 * np.frexp(values[:, None] / factors)[0]
            errors = np.abs(bits - np.rint(bits)).max(axis=0, initial=0.0)
            factors = factors[errors < _MAX_BIT_ERROR]
        if not len(factors):
            return None, None
        # The largest magnitude is 16384 to 32752, so that the smallest ones
        # stay far from what float16 holds with fewer bits.
        scales[index] = factors[0] / 16
        with np.errstate(all="ignore"):
            small[index] = channel / scales[index]
    # Some do not, and float32 has no factor for a channel that is almost dead.
    with np.errstate(all="ignore"):
        product = small * scales[:, None]
    if not np.allclose(product, channels, rtol=_MAX_SPLIT_ERROR, atol=0.0):
        return None, None
    shape = [1] * kernel.ndim
    shape[axis] = -1
    small = small.reshape(np.moveaxis(kernel, axis, 0).shape)
    return np.moveaxis(small, 0, axis), scales.reshape(shape)


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
        values = numpy_helper.to_array(tensor)
        scale = np.abs(values).max(axis=(1, 2, 3), keepdims=True) / _MAX_INT8
        scale = np.where(scale > 0, scale, 1).astype(np.float32)
        small = np.rint(values / scale).astype(np.int8)
        restoring += _store(model, tensor, small, scale)
    _prepend_nodes(model, restoring)


def _store(model, tensor, small, scale=None):
    """Stores a weight in fewer bits; returns the nodes that restore it."""
    name = tensor.name
    tensor.CopyFrom(numpy_helper.from_array(small, f"{name}_{small.dtype}"))
    cast = onnx.helper.make_node(
        "Cast",
        [tensor.name],
        [name if scale is None else f"{name}_cast"],
        f"{_RESTORING}{name}_cast",
        to=onnx.TensorProto.FLOAT,
    )
    if scale is None:
        return [cast]
    model.graph.initializer.append(
        numpy_helper.from_array(scale, f"{name}_scale")
    )
    multiply = onnx.helper.make_node(
        "Mul",
        [f"{name}_cast", f"{name}_scale"],
        [name],
        f"{_RESTORING}{name}_scale",
    )
    return [cast, multiply]


def _prepend_nodes(model, nodes):
    nodes = [*nodes, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def simplify(model):
    """Does what onnxruntime does with any graph when it loads it.

    Constants are folded, transposes cancel out, biases and batch norms become
    part of convolutions; operators stay those of the standard.

    Args:
        model: `onnx.ModelProto` without metadata.

    Returns:
        Another one, whose nodes all have a name.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    )
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/simplified.onnx"
        options.optimized_model_filepath = path
        onnxruntime.InferenceSession(
            model.SerializeToString(),
            options,
            providers=["CPUExecutionProvider"],
        )
        simplified = onnx.load(path)
    # It names the domains that it knows, not those that are used.
    replace_items(simplified.opset_import, model.opset_import)
    for node in simplified.graph.node:
        node.name = node.name or f"{node.op_type}_of_{node.output[0]}"
    del simplified.graph.value_info[:]
    return simplified


def names_of_nodes(path):
    """Lists the nodes of a file but for those that restore weights."""
    nodes = all_nodes(onnx.load(path).graph)
    return [n.name for n in nodes if not n.name.startswith(_RESTORING)]


def all_nodes(graph):
    """Lists the nodes of a graph and of the graphs inside them."""
    nodes = []
    for node in graph.node:
        nodes.append(node)
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                nodes += all_nodes(attribute.g)
    return nodes


def copy_model(model):
    """Returns another `onnx.ModelProto` with the same content."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    return copy


def set_property(model, key, value):
    """Sets one of the `metadata_props` of an `onnx.ModelProto`, in place."""
    kept = [entry for entry in model.metadata_props if entry.key != key]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    model.metadata_props.add(key=key, value=value)


def open_session(path):
    """Opens a file in onnxruntime, on the processor and without warnings.

    Args:
        path: of an .onnx file.

    Returns:
        `onnxruntime.InferenceSession`.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it warns of every optional input
    # What a run took is given back: large models at several sizes would keep
    # gigabytes.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"]
    )


def serialize(model):
    """Checks an `onnx.ModelProto` against the standard; returns its bytes."""
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def replace_items(field, items):
    """Makes a repeated field of a message hold copies of these items alone."""
    copies = [type(item).FromString(item.SerializeToString()) for item in items]
    del field[:]
    field.extend(copies)


def rename_values(graph, new_names):
    """Gives values other names wherever nodes, inputs and outputs have them."""
    for node in graph.node:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                names[index] = new_names.get(name, name)
    for value in (*graph.input, *graph.output):
        value.name = new_names.get(value.name, value.name)


def _name_axes(value, names, image_size=None):
    axes = value.type.tensor_type.shape.dim
    for axis, name in zip(axes, names, strict=False):
        axis.dim_param = name
    if image_size is not None:
        axes[1].dim_value, axes[2].dim_value = image_size
