"""A SavedModel to Core ML: converted only, since it runs on macOS alone."""

import pathlib

import coremltools
import numpy as np
import tensorflow as tf
from protocol import serve


def open_model(path, options):
    """Converts for photos of 64 to 1,024 pixels a side, and says how large."""
    model = tf.saved_model.load(path)
    # Core ML has no uint8 inputs.
    image = tf.TensorSpec((1, None, None, 3), tf.float32, "image")
    function = tf.function(
        lambda image: model.serve(tf.cast(image, tf.uint8)),
        input_signature=[image],
    )
    side = coremltools.RangeDim(64, 1024, default=256)
    package = coremltools.convert(
        [function.get_concrete_function()],
        source="tensorflow",
        inputs=[
            coremltools.TensorType(
                "image", shape=(1, side, side, 3), dtype=np.float32
            )
        ],
        compute_precision=coremltools.precision.FLOAT32,
        minimum_deployment_target=coremltools.target.iOS16,
    )
    target = pathlib.Path(path).parent / "model.mlpackage"
    package.save(str(target))
    size = sum(f.stat().st_size for f in target.rglob("*") if f.is_file())
    return {"converted": True, "num_bytes": size}


serve(open_model)
