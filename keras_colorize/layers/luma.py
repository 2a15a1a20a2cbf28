"""From lightness to the encoded gray that some networks are fed."""

import keras

from keras_colorize.color.cielab import L_to_luma


@keras.saving.register_keras_serializable(package="keras_colorize")
class LToLuma(keras.layers.Layer):
    """Turns lightness into neutral gray, see `L_to_luma`; has no weights.

    For networks whose source reads a gray photo: the model's input stays L*.
    Computes in float32 whatever the policy is: the steps of bfloat16 near
    L* = 100 are 0.5.

    Args:
        **kwargs: arguments of `keras.layers.Layer`.

    Input shape:
        float (..., 1), L* in [0, 100].

    Output shape:
        float32 (..., 1), encoded gray in [0, 1].
    """

    def __init__(self, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)

    def call(self, L):
        return L_to_luma(L)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)
