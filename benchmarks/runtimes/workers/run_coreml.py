"""A SavedModel to Core ML: converted only, since it runs on macOS alone."""

import pathlib

import coremltools
import numpy as np
import tensorflow as tf
from coremltools.converters.mil import Builder
from coremltools.converters.mil import register_tf_op
from coremltools.converters.mil.frontend.tensorflow import ops
from coremltools.converters.mil.mil import types
from protocol import serve

_SIDE = 256  # bilinear resizing needs a known scale
_convert_cast = ops.Cast


@register_tf_op(override=True)
def Cast(context, node):  # noqa: N802
    """Leaves casts to uint8 out: Core ML has none.

    Photos go in as whole numbers, and are rounded and clipped before they come
    out.
    """
    if node.attr["DstT"] is not types.uint8:
        _convert_cast(context, node)
        return
    x = context[node.inputs[0]]
    context.add(node.name, Builder.identity(x=x, name=node.name))


@register_tf_op
def OnesLike(context, node):  # noqa: N802
    """Fills a tensor of the same shape, which the converter does not know."""
    x = context[node.inputs[0]]
    ones = Builder.fill_like(ref_tensor=x, value=1.0, name=node.name)
    context.add(node.name, ones)


def open_model(path, options):
    """Converts for photos of one size, and says how large it is."""
    model = tf.saved_model.load(path)
    shape = (1, _SIDE, _SIDE, 3)
    function = tf.function(
        lambda image: model.serve(tf.cast(image, tf.uint8)),
        input_signature=[tf.TensorSpec(shape, tf.float32, "image")],
    )
    package = coremltools.convert(
        [function.get_concrete_function()],
        source="tensorflow",
        inputs=[coremltools.TensorType("image", shape=shape, dtype=np.float32)],
        compute_precision=coremltools.precision.FLOAT32,
        minimum_deployment_target=coremltools.target.iOS16,
    )
    target = pathlib.Path(path).parent / "model.mlpackage"
    package.save(str(target))
    size = sum(f.stat().st_size for f in target.rglob("*") if f.is_file())
    return {"converted": True, "num_bytes": size}


serve(open_model)
