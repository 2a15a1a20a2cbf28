"""Converts a TensorFlow function to ONNX in the memory of a few copies.

`tf2onnx.convert.from_function` copies its graph before each of some forty
passes and rewrites all weights after each: a model of 0.9 GB took 21 GB and
nine minutes. The same steps, without that, take 9 GB and two and a half.
"""

import tensorflow as tf

from keras_colorize.exporters.memory import give_back_memory
from keras_colorize.exporters.onnx_graph import HOW_TO_INSTALL

try:
    import onnx
    import tf2onnx.optimizer
    from tf2onnx import tf_loader
    from tf2onnx import tfonnx
    from tf2onnx.onnx_opset import nn
except ImportError as error:
    raise ImportError(HOW_TO_INSTALL) from error

# Constants with more bytes are weights, which TensorFlow cannot simplify.
_MAX_FOLDED_BYTES = 2**18


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
    concrete = function.get_concrete_function()
    inputs = [t.name for t in concrete.inputs if t.dtype != tf.resource]
    outputs = [t.name for t in concrete.outputs]
    with tf.device("/cpu:0"):
        frozen = tf_loader.convert_variables_to_constants_large_model(concrete)
        simplified = _fold_constants(frozen, inputs, outputs)
        del frozen
        with tf.Graph().as_default() as graph:
            tf.import_graph_def(simplified, name="")
            del simplified
            converted = tfonnx.process_tf_graph(
                graph,
                continue_on_error=True,  # what it did not know is seen below
                opset=opset,
                input_names=inputs,
                output_names=outputs,
                custom_op_handlers={
                    "Conv2DBackpropInput": (_convert_conv_transpose, []),
                    "ResizeBilinear": (_convert_resize, []),
                    "SelectV2": (_convert_select, []),
                },
            )
    del graph
    model = tf2onnx.optimizer.optimize_graph(
        converted, catch_errors=False, optimizers=_passes()
    ).make_model(concrete.name)
    del converted
    give_back_memory()
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
    return model


def _fold_constants(graph_def, inputs, outputs):
    """Computes what does not depend on the inputs, large weights left out.

    Args:
        graph_def: `tf.compat.v1.GraphDef` without variables; it is changed.
        inputs: Names of the tensors that go in.
        outputs: Names of the tensors that come out.

    Returns:
        Another `GraphDef`.
    """
    weights = {}
    for node in (node for node in graph_def.node if node.op == "Const"):
        constant = node.attr["value"].tensor
        if len(constant.tensor_content) > _MAX_FOLDED_BYTES:
            weights[node.name] = tf.compat.v1.NodeDef()
            weights[node.name].CopyFrom(node)
            node.op = "Placeholder"
            node.attr["shape"].shape.CopyFrom(constant.tensor_shape)
            del node.attr["value"]
    with tf.Graph().as_default():
        folded = tf_loader.tf_optimize(inputs, outputs, graph_def)
    for node in folded.node:
        if node.name in weights:
            node.CopyFrom(weights.pop(node.name))
    return folded


class _WithoutRewriting:
    """A pass of tf2onnx that leaves the node's protocol buffers alone.

    The graph is read from them once, when it is complete. To bring them up
    to date after each pass keeps one more copy of all weights each time.
    """

    def optimize(self, graph, iteration):
        self.opt_iteration = iteration
        graph = self._optimize(graph)
        graph.delete_unused_nodes(graph.outputs)
        return graph


def _passes():
    """Returns the passes of tf2onnx by name, in its order."""
    return {
        name: type(factory.__name__, (_WithoutRewriting, factory), {})
        for name, factory in tf2onnx.optimizer._get_optimizers().items()
    }


def _convert_conv_transpose(ctx, node, _name, _args):
    """Makes one ConvTranspose of a Conv2DBackpropInput of unknown size."""
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
    """Resizes to the size wanted, also where all sizes are known.

    tf2onnx would then give the scale, as a float32: 24 pixels times 40 / 24
    are 39.999999, hence 39.
    """
    size = ctx.make_node("Identity", [node.input[1]])
    ctx.replace_inputs(node, [node.input[0], size.output[0]])
    nn.Resize.version_11(ctx, node)


def _convert_select(_ctx, node, _name, _args):
    """Makes one Where; tf2onnx makes six nodes, each over the whole image."""
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
