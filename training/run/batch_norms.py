"""What the batch norms of a run get to normalize.

A norm that gets one value per channel makes it 0: nothing but its offset is
left, which has no gradient for what comes before. Its moving variance becomes
0, so that in evaluation it multiplies what comes by up to 1 / sqrt(epsilon).
PyTorch refuses to train such a norm; Keras does not.
"""

import contextlib
import functools
import math

import keras

from training.run.averaging import batch_norm_layers


def check_batch_norms(
    model: keras.Model, batch_size: int, crop_size: tuple[int, int]
) -> None:
    """Refuses batches of which a norm that learns gets one value per channel.

    Args:
        model: a `Colorizer`; its frozen norms may get what they like, as they
            normalize by statistics of before.
        batch_size: photos of a step.
        crop_size: (height, width) of each.

    Raises:
        ValueError: If there is such a norm; names it.
    """
    shapes = norm_shapes(model, batch_size, crop_size)
    for norm in batch_norm_layers(model):
        if norm.trainable and math.prod(shapes[norm][:-1]) == 1:
            raise ValueError(
                "Expected more than one value per channel in each batch norm: "
                "of a single one its offset is all that is left, and in "
                "evaluation it is divided by a variance of 0. Received: "
                f"data.batch_size={batch_size}, data.crop_size={crop_size}, "
                f"of which the layer {norm.name} of {model.name} gets 1 photo "
                "of 1 x 1. Raise data.batch_size, or data.crop_size with "
                "data.resize_short."
            )


def norm_shapes(
    model: keras.Model, batch_size: int, crop_size: tuple[int, int]
) -> dict[keras.Layer, tuple[int, ...]]:
    """Returns the shape (B, H, W, C) that each batch norm gets.

    Computes shapes alone: no weight and no statistic of the model changes.

    Args:
        model: a functional model of inputs (B, H, W, C), or a dict of them;
            models inside it count.
        batch_size: B of the inputs.
        crop_size: (H, W) of the inputs.
    """
    inputs = keras.tree.map_structure(
        lambda x: (batch_size, *crop_size, x.shape[-1]), model.input
    )
    shapes = {}
    with contextlib.ExitStack() as stack:
        for norm in batch_norm_layers(model):
            # Keras shows no shapes of layers in between: each norm notes its
            # own when it is asked for that of its output.
            norm.compute_output_shape = functools.partial(
                _note_shape, shapes, norm
            )
            stack.callback(delattr, norm, "compute_output_shape")
        model.compute_output_shape(inputs)
    return shapes


def _note_shape(shapes, norm, input_shape):
    shapes[norm] = tuple(input_shape)
    return input_shape
