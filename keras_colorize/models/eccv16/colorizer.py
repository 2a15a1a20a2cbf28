"""ECCV16: colorization as classification over 313 ab bins.

Zhang, Isola and Efros, Colorful Image Colorization, ECCV 2016. The layers are
those of the authors' PyTorch release (BSD-2-Clause), whose weights can be
imported; nothing here is copied from it.

Differences from the paper:
    - L is scaled as (L - 50) / 100, as in the PyTorch release, where the
      Caffe original feeds L - 50.
    - Batch normalization learns a scale and an offset, as in the release.
    - `output_kind="ab"` replaces the classification head by two channels:
      the L2 regression that the paper compares with.
    - Weights start from He initialization instead of k-means.
"""

import keras
from keras import layers

from keras_colorize.color.gamut import AbGamut
from keras_colorize.layers.annealed_mean import AnnealedMean
from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.stacks import apply_conv
from keras_colorize.models.stacks import apply_conv_stack
from keras_colorize.models.stacks import apply_upsampling

# (convolutions, stride of the last one, dilation) of stacks 1 to 7.
_STACKS = (
    (2, 2, 1),
    (2, 2, 1),
    (3, 2, 1),
    (3, 1, 1),
    (3, 1, 2),
    (3, 1, 2),
    (3, 1, 1),
)
_OUTPUT_KINDS = ("q_logits", "ab")
_AB_SCALE = 110.0  # CIE ab units per network unit, from the PyTorch release


@keras.saving.register_keras_serializable(package="keras_colorize")
class ECCV16Colorizer(Colorizer):
    """Predicts a distribution over ab bins for every fourth pixel.

    Example:
        model = create_model("eccv16_small")
        L = np.full((1, 64, 96, 1), 60.0, "float32")
        model(L).shape  # (1, 16, 24, 313)
        model.predict_ab(L, temperature=0.38).shape  # (1, 64, 96, 2)

    Args:
        stackwise_filters: sequence of 8 ints, filters of stacks 1 to 8. The
            paper's are 64, 128, 256, 512, 512, 512, 512, 256.
        output_kind: `"q_logits"` (scores over the bins) or `"ab"` (CIE a*
            and b* by regression, the paper's L2 baseline).
        temperature: float in (0, 1], temperature of the annealed mean that
            `decode_ab` uses when none is given. Only for `"q_logits"`.
        **kwargs: name and trainable.

    Input shape:
        float (B, H, W, 1), L* in [0, 100]; H and W multiples of 8.

    Output shape:
        float32 (B, H/4, W/4, 313) for `"q_logits"`, (B, H/4, W/4, 2) in CIE
        units for `"ab"`.

    Raises:
        ValueError: If an argument is outside what is said above.
    """

    size_multiple = 8
    output_stride = 4

    def __init__(
        self,
        stackwise_filters,
        output_kind="q_logits",
        temperature=0.38,
        **kwargs,
    ):
        _check_arguments(stackwise_filters, output_kind, temperature)

        # === Graph ===
        L = keras.Input((None, None, 1), name="L")  # CIE L*, [0, 100]
        x = layers.Rescaling(
            1 / 100, offset=-0.5, dtype="float32", name="scale_L"
        )(L)
        for i, (num_convs, stride, dilation) in enumerate(_STACKS):
            x = apply_conv_stack(
                x,
                stackwise_filters[i],
                num_convs,
                name=f"stack{i + 1}",
                stride=stride,
                dilation=dilation,
            )  # (B, H/8, W/8, C) from stack 3 on
        x = _apply_upsampling_stack(x, stackwise_filters[7], name="stack8")
        gamut = AbGamut()
        if output_kind == "q_logits":
            outputs = layers.Conv2D(
                gamut.num_bins, 1, dtype="float32", name="q_logits"
            )(x)  # (B, H/4, W/4, Q)
        else:
            x = layers.Conv2D(2, 1, dtype="float32", name="ab_scaled")(x)
            outputs = layers.Rescaling(_AB_SCALE, dtype="float32", name="ab")(
                x
            )  # (B, H/4, W/4, 2)
        super().__init__(inputs=L, outputs=outputs, **kwargs)
        if output_kind == "q_logits":
            self.ab_decoder = AnnealedMean(gamut.bins, name="ab_decoder")

        # === Config ===
        self.stackwise_filters = tuple(stackwise_filters)
        self.output_kind = output_kind
        self.temperature = temperature

    @property
    def constant_weights(self):
        return [] if self.output_kind == "ab" else self.ab_decoder.weights

    def decode_ab(self, outputs, L, temperature=None):
        if self.output_kind == "ab":
            return super().decode_ab(outputs, L, temperature)
        if temperature is None:
            temperature = self.temperature
        return self.ab_decoder(outputs, temperature=temperature)


def _check_arguments(stackwise_filters, output_kind, temperature):
    if len(stackwise_filters) != 8 or min(stackwise_filters) < 1:
        raise ValueError(
            "`stackwise_filters` must be 8 positive ints, one per stack. "
            f"Received: stackwise_filters={stackwise_filters}."
        )
    if output_kind not in _OUTPUT_KINDS:
        raise ValueError(
            f"`output_kind` must be one of {_OUTPUT_KINDS}. "
            f"Received: output_kind={output_kind!r}."
        )
    if not 0.0 < temperature <= 1.0:
        raise ValueError(
            "`temperature` must be in (0, 1]. "
            f"Received: temperature={temperature}."
        )


def _apply_upsampling_stack(x, filters, name):
    x = apply_upsampling(
        x, filters, name=f"{name}_up", activation="relu"
    )  # (B, H/4, W/4, C)
    for i in range(2):
        x = apply_conv(x, filters, name=f"{name}_conv{i + 1}")
    return x
