"""More color: of photos, and where a network is sure of it."""

from keras import ops

from keras_colorize.color.checks import float_with_channels
from keras_colorize.color.cielab import lab_to_rgb
from keras_colorize.color.cielab import rgb_to_lab

# What gray is made of, of ITU-R BT.601.
_LUMA = (0.299, 0.587, 0.114)
# The chroma that `focus_chroma` multiplies by `vividness` alone; about the
# middle one that the default model predicts.
FOCUS_CHROMA = 12.0
# From which on it is multiplied no more: grass and sky would glow.
FOCUS_LIMIT = 18.0
_LARGEST_RELATIVE = FOCUS_LIMIT / FOCUS_CHROMA
_SMALLEST_CHROMA = 1e-3  # where the power is still smooth


def enhance_color(rgb, factor=1.2):
    """Moves each pixel away from its gray.

        clip(factor * rgb + (1 - factor) * luma, 0, 1)

    Args:
        rgb: float (..., 3), encoded sRGB in [0, 1].
        factor: float; 0 gives gray, 1 the photo itself, 1.2 is DDColor's.

    Returns:
        float (..., 3), encoded sRGB in [0, 1].

    Raises:
        TypeError: If `rgb` is not floating point.
        ValueError: If the last axis of `rgb` is not 3 long.

    Reference: the DDColor release, "color enhancement" of true photos.
    """
    rgb = float_with_channels(rgb, 3, "rgb")
    luma = ops.sum(
        rgb * ops.array(_LUMA, dtype=rgb.dtype), axis=-1, keepdims=True
    )
    return ops.clip(factor * rgb + (1.0 - factor) * luma, 0.0, 1.0)


def enhance_lab(L, ab, factor):
    """Enhances a photo as `enhance_color`, in CIELAB; clipping may change L.

    Args:
        L: float (..., 1), L* in [0, 100].
        ab: float (..., 2), CIE a* and b*.
        factor: float; 1 returns what was given.

    Returns:
        Pair of L*, float (..., 1), and a*, b*, float (..., 2).
    """
    if factor == 1.0:
        return L, ab
    rgb = lab_to_rgb(ops.concatenate([L, ab], axis=-1))
    lab = rgb_to_lab(enhance_color(rgb, factor))
    return lab[..., :1], lab[..., 1:]


def focus_chroma(ab, vividness=1.0, focus=0.0):
    """Gives color where a network is sure, and leaves the rest calm.

        chroma -> vividness * (min(chroma, 18) / 12) ** focus * chroma

    The mean of a distribution over colors is as long as the network is sure:
    where red and green are as likely it is near gray. A power above 1 of that
    length raises what is sure above the rest, as far as it does not glow. Hues
    stay.

    Args:
        ab: float (..., 2), CIE a* and b*, as predicted.
        vividness: float or scalar tensor, 0 or more; factor at a chroma of
            12, and everywhere if `focus` is 0.
        focus: float or scalar tensor, 0 or more; 0 treats all chroma alike.

    Returns:
        float (..., 2), CIE a* and b*.
    """
    ab = ops.convert_to_tensor(ab)
    relative = ops.minimum(_relative_chroma(ab), _LARGEST_RELATIVE)
    return ab * (vividness * relative**focus)


def unfocus_chroma(ab, vividness=1.0, focus=0.0):
    """Finds what `focus_chroma` turns into a color.

    For colors that a person asks for: the network is told the one that comes
    out as asked.

    Args:
        ab: float (..., 2), CIE a* and b*, as they shall come out.
        vividness: float or scalar tensor above 0; see `focus_chroma`.
        focus: float or scalar tensor, 0 or more; see `focus_chroma`.

    Returns:
        float (..., 2), CIE a* and b*.
    """
    # chroma' = v * (c / 12)**f * c, so c / 12 = (chroma' / 12 / v)**(1/(1+f));
    # the largest factor holds from the limit on.
    ab = ops.convert_to_tensor(ab)
    relative = _relative_chroma(ab)
    vividness = ops.maximum(vividness, _SMALLEST_CHROMA)
    wanted = (relative / vividness) ** (1.0 / (1.0 + focus))
    far = relative / (vividness * _LARGEST_RELATIVE**focus)
    return ab * (ops.maximum(wanted, far) / relative)


def _relative_chroma(ab):
    chroma = ops.sqrt(ops.sum(ops.square(ab), axis=-1, keepdims=True))
    return ops.maximum(chroma, _SMALLEST_CHROMA) / FOCUS_CHROMA
