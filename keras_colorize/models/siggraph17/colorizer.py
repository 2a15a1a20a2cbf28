"""SIGGRAPH17: regression of ab that follows color hints of the user.

Zhang, Zhu, Isola, Geng, Lin, Yu and Efros, Real-Time User-Guided Image
Colorization with Learned Deep Priors, SIGGRAPH 2017: the local hints network.
The layers are those of the authors' PyTorch release (BSD-2-Clause), whose
weights can be imported; nothing here is copied from it.

Differences from the paper:
    - L is scaled as (L - 50) / 100 and hints as ab / 110, with a mask of 0
      and 1, as in the PyTorch release; the Caffe original feeds raw values
      and a mask of 110.
    - L and the hints enter one convolution of four channels, the sum of the
      two that the original has.
    - The distribution head covers the whole grid of 23 x 23 ab bins, as in
      the release, not the 313 bins of sRGB.
    - Weights start from He initialization instead of those of ECCV16.
"""

import keras
from keras import layers
from keras import ops

from keras_colorize.color.grid import NUM_GRID_BINS
from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.stacks import apply_conv
from keras_colorize.models.stacks import apply_conv_stack
from keras_colorize.models.stacks import apply_upsampling

# (convolutions, dilation) of stacks 4 to 7, at an eighth of the resolution.
_MIDDLE_STACKS = ((3, 1), (3, 2), (3, 2), (3, 1))
_HEADS = ("ab", "q_logits")
_AB_SCALE = 110.0  # CIE ab units per network unit, from the PyTorch release


@keras.saving.register_keras_serializable(package="keras_colorize")
class SIGGRAPH17Colorizer(Colorizer):
    """Predicts ab for every pixel, from lightness and sparse color hints.

    A second head classifies every fourth pixel over a grid of ab bins. It
    suggests colors, and it trains the features before regression does: the
    paper's authors first train with `gradient_from="q_logits"`.

    Example:
        model = create_model("siggraph17_small")
        L = np.full((1, 64, 96, 1), 60.0, "float32")
        ab_hint = np.zeros((1, 64, 96, 2), "float32")
        hint_mask = np.zeros((1, 64, 96, 1), "float32")
        ab_hint[:, 20:24, 30:34] = (40, 60)  # orange
        hint_mask[:, 20:24, 30:34] = 1
        ab = model.predict_ab(L, ab_hint=ab_hint, hint_mask=hint_mask)
        ab.shape  # (1, 64, 96, 2)

    Args:
        stackwise_filters: sequence of 10 ints, filters of stacks 1 to 10. The
            paper's are 64, 128, 256, 512, 512, 512, 512, 256, 128, 128.
        gradient_from: `"ab"` or `"q_logits"`, the head whose loss trains the
            layers that both heads share, stacks 1 to 8. The other head trains
            its own layers alone. Changes no output.
        **kwargs: name and trainable.

    Input shape:
        dict of float tensors, H and W multiples of 8: `"L"` (B, H, W, 1), L*
        in [0, 100]; `"ab_hint"` (B, H, W, 2), CIE a* and b* where there is a
        hint, else 0; `"hint_mask"` (B, H, W, 1), 1 where there is a hint,
        else 0.

    Output shape:
        dict of float32 tensors: `"ab"` (B, H, W, 2), CIE units in
        [-110, 110]; `"q_logits"` (B, H/4, W/4, 529), scores over the bins of
        `color.grid`.

    Raises:
        ValueError: If an argument is outside what is said above.
    """

    output_kind = "ab_and_q_logits"
    size_multiple = 8
    takes_hints = True

    def __init__(self, stackwise_filters, gradient_from="ab", **kwargs):
        _check_arguments(stackwise_filters, gradient_from)
        filters = stackwise_filters

        # === Graph ===
        inputs = {
            "L": keras.Input((None, None, 1), name="L"),  # CIE L*, [0, 100]
            "ab_hint": keras.Input((None, None, 2), name="ab_hint"),  # CIE
            "hint_mask": keras.Input((None, None, 1), name="hint_mask"),
        }
        x = _apply_scaling(**inputs)  # (B, H, W, 4)
        stack1 = apply_conv_stack(x, filters[0], 2, name="stack1")
        x = _halve(stack1)  # (B, H/2, W/2, C)
        stack2 = apply_conv_stack(x, filters[1], 2, name="stack2")
        x = _halve(stack2)  # (B, H/4, W/4, C)
        stack3 = apply_conv_stack(x, filters[2], 3, name="stack3")
        x = _halve(stack3)  # (B, H/8, W/8, C)
        for i, (num_convs, dilation) in enumerate(_MIDDLE_STACKS, start=4):
            x = apply_conv_stack(
                x, filters[i - 1], num_convs, f"stack{i}", dilation=dilation
            )
        x = _apply_skip(x, stack3, filters[7], name="stack8")
        stack8 = apply_conv_stack(x, filters[7], 2, name="stack8")

        x = _gate(
            stack8, opened=gradient_from == "q_logits", name="q_logits_gate"
        )
        q_logits = layers.Conv2D(
            NUM_GRID_BINS, 1, dtype="float32", name="q_logits"
        )(x)  # (B, H/4, W/4, 529)

        stack8, stack2, stack1 = (
            _gate(x, opened=gradient_from == "ab", name=f"{name}_gate")
            for name, x in (
                ("stack8", stack8),
                ("stack2", stack2),
                ("stack1", stack1),
            )
        )
        x = _apply_skip(stack8, stack2, filters[8], name="stack9")
        x = apply_conv_stack(x, filters[8], 1, name="stack9")
        x = _apply_skip(x, stack1, filters[9], name="stack10")
        x = apply_conv(x, filters[9], name="stack10_conv1", activation=None)
        x = layers.LeakyReLU(0.2, name="stack10_leaky_relu")(x)
        x = layers.Conv2D(
            2, 1, activation="tanh", dtype="float32", name="ab_scaled"
        )(x)
        ab = layers.Rescaling(_AB_SCALE, dtype="float32", name="ab")(
            x
        )  # (B, H, W, 2)
        super().__init__(
            inputs=inputs, outputs={"ab": ab, "q_logits": q_logits}, **kwargs
        )

        # === Config ===
        self.stackwise_filters = tuple(stackwise_filters)
        self.gradient_from = gradient_from


def _check_arguments(stackwise_filters, gradient_from):
    if len(stackwise_filters) != 10 or min(stackwise_filters) < 1:
        raise ValueError(
            "`stackwise_filters` must be 10 positive ints, one per stack. "
            f"Received: stackwise_filters={stackwise_filters}."
        )
    if gradient_from not in _HEADS:
        raise ValueError(
            f"`gradient_from` must be one of {_HEADS}. "
            f"Received: gradient_from={gradient_from!r}."
        )


def _apply_scaling(L, ab_hint, hint_mask):
    """Scales to network units, in the channel order of the release."""
    L_scaled = layers.Rescaling(
        1 / 100, offset=-0.5, dtype="float32", name="scale_L"
    )(L)
    hint_scaled = layers.Rescaling(
        1 / _AB_SCALE, dtype="float32", name="scale_ab_hint"
    )(ab_hint)
    return layers.Concatenate(name="concatenate")(
        [L_scaled, hint_scaled, hint_mask]
    )


def _halve(x):
    """Keeps every second pixel: after the norm, with no pooling."""
    return x[:, ::2, ::2, :]


def _gate(x, opened, name):
    """Passes values on, and gradients back only if `opened`."""
    # TRICKY: a closed gate is one operation, so an open one must be too. Keras
    # files weights by the order of the layers, which depends on their depth:
    # without it, weights of one routing load scrambled into the other.
    return layers.Identity(name=name)(x) if opened else ops.stop_gradient(x)


def _apply_skip(x, skipped, filters, name):
    """Doubles both sides and adds features of that resolution."""
    x = apply_upsampling(x, filters, name=f"{name}_up")
    skipped = apply_conv(skipped, filters, name=f"{name}_skip", activation=None)
    x = layers.Add(name=f"{name}_add")([x, skipped])
    return layers.ReLU(name=f"{name}_relu")(x)
