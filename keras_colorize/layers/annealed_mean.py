"""From scores over ab bins to ab values, as a layer that owns the bins."""

import keras
from keras import ops

from keras_colorize.color.quantization import decode_annealed_mean


@keras.saving.register_keras_serializable(package="keras_colorize")
class AnnealedMean(keras.layers.Layer):
    """`decode_annealed_mean` as a layer.

    The bin centers are the layer's kernel, so that files of weights hold
    them: constants in the Caffe original, `model_out` in the PyTorch release.
    They are never trained, whatever `trainable` says.

    Args:
        bins: float array (Q, 2), CIE a and b of the bin centers.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        q_logits: float (..., Q). Unnormalized scores, one per bin.
        temperature: float or scalar tensor, above 0. Defaults to 0.38.

    Output shape:
        float32 (..., 2), CIE a* and b*.
    """

    def __init__(self, bins, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.bins = [[float(a), float(b)] for a, b in bins]
        self.kernel = self.add_weight(
            name="kernel",
            shape=(len(self.bins), 2),
            initializer=lambda shape, dtype: ops.cast(self.bins, dtype),
            trainable=False,
        )
        self.built = True

    def call(self, q_logits, temperature=0.38):
        return decode_annealed_mean(q_logits, self.kernel, temperature)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 2)

    def get_config(self):
        return {**super().get_config(), "bins": self.bins}
