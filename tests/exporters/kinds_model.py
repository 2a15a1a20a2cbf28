"""A thin model of any output kind, with the layers of encoder-decoders."""

import math

import keras
import numpy as np
from keras import layers

from keras_colorize.layers.luma import LToLuma
from keras_colorize.models.colorizer import Colorizer

NETWORK_SIZE = 24
_LIMITS = {"ab": 60.0, "uv": 0.4}  # of what the tanh of an output kind spans


@keras.saving.register_keras_serializable(package="tests")
class KindsModel(Colorizer):
    """Two halvings, two doublings by transposed convolutions, one output.

    Args:
        output_kind: one of `OUTPUT_KINDS` but "q_logits".
        fixed_size: pair (height, width), multiples of 4; then a dense layer
            sees the whole photo.
    """

    size_multiple = 4

    def __init__(self, output_kind, fixed_size=None, **kwargs):
        height, width = fixed_size or (None, None)
        L = keras.Input((height, width, 1), name="L")
        x = LToLuma(name="luma")(L)
        for i in (1, 2):
            x = layers.Conv2D(
                4, 3, strides=2, padding="same", activation="relu", name=f"e{i}"
            )(x)
        if fixed_size is not None:
            small = (height // 4, width // 4, 4)
            x = layers.Dense(6, name="latent")(layers.Flatten()(x))
            x = layers.Dense(math.prod(small), name="unfold")(x)
            x = layers.Reshape(small)(x)
        quarter = x
        x = layers.Conv2DTranspose(
            4, 3, strides=2, padding="same", activation="relu", name="d1"
        )(x)
        x = layers.Conv2DTranspose(4, 2, strides=2, padding="same", name="d2")(
            x
        )
        outputs = _apply_output(x, output_kind)
        if output_kind == "ab_and_q_logits":
            q_logits = layers.Conv2D(529, 1, name="q_logits")(quarter)
            outputs = {"ab": outputs, "q_logits": q_logits}
        super().__init__(inputs=L, outputs=outputs, **kwargs)
        self.output_kind = output_kind
        self.fixed_size = fixed_size and tuple(fixed_size)


def make_kinds_model(output_kind, fixed_size=None):
    """A `KindsModel` whose weights give strong, different colors."""
    model = KindsModel(output_kind, fixed_size, name=f"thin_{output_kind}")
    rng = np.random.default_rng(3)
    model.set_weights([rng.normal(0, 0.6, w.shape) for w in model.weights])
    return model


def _apply_output(x, output_kind):
    if output_kind == "rgb":
        return layers.Conv2D(3, 3, padding="same", activation="sigmoid")(x)
    x = layers.Conv2D(2, 3, padding="same", activation="tanh")(x)
    return layers.Rescaling(_LIMITS.get(output_kind, 60.0), name="scale")(x)
