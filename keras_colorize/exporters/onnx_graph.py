"""TensorFlow function to a tidy ONNX model: conversion and names.

tf2onnx names the result `Identity:0`, unknown axes `unk__60` and writes a
transposed convolution of unknown size as forty nodes. What is done about it
is here; `exporters.onnx` decides what to export.
"""

import gc

import numpy as np
import onnxruntime

try:
    import onnx
    import tf2onnx
    from onnx import numpy_helper
    from tf2onnx.onnx_opset import nn
except ImportError as error:
    raise ImportError(
        "Export to ONNX needs onnx and tf2onnx. Install them with: "
        'pip install "keras-colorize[export]"'
    ) from error

# Of images and of hints, by rank; the last axis has a known length.
AXIS_NAMES = {
    4: ("batch", "height", "width"),
    3: ("hint_batch", "hint_points"),
}
# IR version of ONNX 1.13, the release of opset 18: read by every runtime
# that knows the operators.
IR_VERSION = 8


def convert_function(function, opset):
    """Converts a `tf.function` with an input signature to an ONNX model.

    Args:
        function: `tf.function`. Transposed convolutions inside must be those
            of Keras: with `padding="same"`, output size = input size times
            stride.
        opset: int, version of the ONNX operators.

    Returns:
        `onnx.ModelProto`, with tf2onnx's names.

    Raises:
        ValueError: If an operation has no counterpart in ONNX.
    """
    model, _ = tf2onnx.convert.from_function(
        function,
        input_signature=function.input_signature,
        opset=opset,
        custom_op_handlers={
            "Conv2DBackpropInput": (_convert_conv_transpose, []),
            "ResizeBilinear": (_convert_resize, []),
            "SelectV2": (_convert_select, []),
        },
    )
    # The converter's graphs hold each other, and the weights ten times over.
    gc.collect()
    _pad_explicitly(model.graph)
    used = {node.domain for node in model.graph.node}
    if used - {""}:
        raise ValueError(
            "Every operation of the graph must exist in ONNX. Received "
            f"operations of the domains: {sorted(used - {''})}."
        )
    default_opset = [o for o in model.opset_import if not o.domain]
    del model.opset_import[:]
    model.opset_import.extend(default_opset)
    model.ir_version = IR_VERSION
    return model


def name_inputs_and_output(model, input_names, output_name, image_size=None):
    """Names the graph's inputs, its only output, and their axes, in place.

    Args:
        model: `onnx.ModelProto` of `convert_function`.
        input_names: sequence of names, in the order of the function's
            arguments. Inputs of rank 3 and 4 get `AXIS_NAMES`.
        output_name: str.
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
    new_names = {graph.output[0].name: output_name}
    inputs = []
    for name in input_names:
        value = converted[name.lower()]
        new_names[value.name] = name
        inputs.append(onnx.ValueInfoProto())
        inputs[-1].CopyFrom(value)
    del graph.input[:]
    graph.input.extend(inputs)
    _rename_values(graph, new_names)
    for value in (*graph.input, *graph.output):
        _name_axes(value, image_size)
    # Sizes with invented names of inner tensors; runtimes infer them again.
    del graph.value_info[:]


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


def _convert_conv_transpose(ctx, node, _name, _args):
    """Conv2DBackpropInput of unknown size to one ConvTranspose node."""
    padding = node.get_attr_value("padding")
    if padding != b"SAME":
        nn.ConvTranspose.version_11(ctx, node)
        return
    node.type = "ConvTranspose"
    kernel_shape = nn.conv_kernel_shape(ctx, node, 1)
    strides = nn.conv_dims_attr(node, "strides")
    nn.conv_dims_attr(node, "dilations")
    # For an output of exactly input size times stride.
    surplus = [k - s for k, s in zip(kernel_shape, strides, strict=True)]
    before = [max(n, 0) // 2 for n in surplus]
    after = [max(n, 0) - b for n, b in zip(surplus, before, strict=True)]
    node.set_attr("auto_pad", "NOTSET")
    node.set_attr("pads", before + after)
    node.set_attr("output_padding", [max(-n, 0) for n in surplus])
    # Inputs are (output size, kernel, x) and the bias where tf2onnx has
    # fused one; they become (x, kernel) and the bias.
    _, kernel, x, *bias = node.input
    ctx.replace_inputs(node, [x, kernel, *bias])
    nn.conv_convert_inputs(ctx, node, with_kernel=True)


def _convert_resize(ctx, node, _name, _args):
    """Resize by the size wanted, also where all sizes are known.

    tf2onnx would then give the scale, as a float32: 24 pixels times 40 / 24
    are 39.999999, hence 39.
    """
    size = ctx.make_node("Identity", [node.input[1]])
    ctx.replace_inputs(node, [node.input[0], size.output[0]])
    nn.Resize.version_11(ctx, node)


def _convert_select(_ctx, node, _name, _args):
    """One Where; tf2onnx makes six nodes that go over the whole image."""
    node.type = "Where"


def _pad_explicitly(graph):
    """Replaces `auto_pad` of unstrided convolutions by numbers.

    onnxruntime refuses `auto_pad` together with a dilation, and without a
    stride the padding does not depend on the size.
    """
    for node in graph.node:
        attributes = {a.name: a for a in node.attribute}
        auto_pad = attributes.get("auto_pad")
        if (
            node.op_type != "Conv"
            or auto_pad is None
            or auto_pad.s != b"SAME_UPPER"
            or set(attributes["strides"].ints) != {1}
        ):
            continue
        totals = [
            (size - 1) * dilation
            for size, dilation in zip(
                attributes["kernel_shape"].ints,
                attributes["dilations"].ints,
                strict=True,
            )
        ]
        before = [total // 2 for total in totals]
        after = [total - b for total, b in zip(totals, before, strict=True)]
        node.attribute.remove(auto_pad)
        pads = onnx.helper.make_attribute("pads", before + after)
        node.attribute.append(pads)


def _rename_values(graph, new_names):
    for node in graph.node:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                names[index] = new_names.get(name, name)
    for value in (*graph.input, *graph.output):
        value.name = new_names.get(value.name, value.name)


def _name_axes(value, image_size):
    axes = value.type.tensor_type.shape.dim
    for axis, name in zip(axes, AXIS_NAMES.get(len(axes), ()), strict=False):
        axis.dim_param = name
    if len(axes) == 4 and image_size is not None:
        axes[1].dim_value, axes[2].dim_value = image_size
