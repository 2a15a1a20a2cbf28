"""A model that paints its color hints and is constant elsewhere."""

import keras
from keras import layers

from keras_colorize.models.colorizer import Colorizer

NETWORK_SIZE = 24
AB = (12.0, -8.0)  # where there is no hint


@keras.saving.register_keras_serializable(package="tests")
class HintModel(Colorizer):
    """ab = ab_hint where hint_mask is 1, else AB."""

    size_multiple = 8
    takes_hints = True

    def __init__(self, **kwargs):
        L = keras.Input((None, None, 1), name="L")
        ab_hint = keras.Input((None, None, 2), name="ab_hint")
        hint_mask = keras.Input((None, None, 1), name="hint_mask")
        plain = layers.Conv2D(
            2,
            1,
            kernel_initializer="zeros",
            bias_initializer=keras.initializers.Constant(AB),
            name="plain",
        )(L)
        plain = layers.Multiply()([plain, 1.0 - hint_mask])
        ab = layers.Add(name="ab")([plain, ab_hint * hint_mask])
        inputs = {"L": L, "ab_hint": ab_hint, "hint_mask": hint_mask}
        super().__init__(inputs=inputs, outputs=ab, **kwargs)
