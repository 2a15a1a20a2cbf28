"""A network's colors on photos of any size, on any Keras backend.

From uint8 to uint8, everything around the network: lightness, the network at
its own size, the decoding of its output, the resizing of ab, the merge with
the original full-size L, the conversion back. `Colorizer.colorize` runs it,
`exporters.serving_graph` makes files of it, and `serving.merge` and
`serving.resize` are the NumPy twin of its end for files that give ab.
"""

import numbers

import keras
import numpy as np
from keras import ops

from keras_colorize.color import lab_formulas as formulas
from keras_colorize.color.cielab import lab_to_rgb
from keras_colorize.color.vividness import focus_chroma
from keras_colorize.color.vividness import unfocus_chroma
from keras_colorize.layers.hint_keeping import keep_hints
from keras_colorize.layers.hint_map import rasterize_hints
from keras_colorize.layers.resize import resize_bilinear
from keras_colorize.layers.resize import shrink_antialiased
from keras_colorize.layers.resize import side_as_float
from keras_colorize.layers.resize import smaller_side
from keras_colorize.models import registry

# A 1xN photo would otherwise ask for a network input 256 times as long.
MAX_ASPECT_RATIO = 4
# One row of negative radius, which is no hint; float32 (1, 1, 5).
NO_HINTS = np.array([[[0.0, 0.0, -1.0, 0.0, 0.0]]], np.float32)
# Added to the lightness of an image; and the size of a photo, where it is that
# of the image.
NO_OFFSET = np.zeros((1, 1, 1, 1), np.float32)
NO_SIZE = np.zeros(2, np.float32)
# Operations of the network itself have names below this one.
NETWORK_SCOPE = "network"

_USUAL_NETWORK_SIZE = 256
_Y_FROM_LINEAR_RGB = formulas.XYZ_FROM_LINEAR_RGB[1].astype(np.float32)


def network_input_size(height, width, network_size):
    """Returns the size at which the network sees an image, before padding.

    The short side becomes `network_size`, the long side keeps the aspect
    ratio (rounded half up) but is at most `MAX_ASPECT_RATIO` times as long.

    Args:
        height: int or scalar int tensor.
        width: int or scalar int tensor.
        network_size: int.

    Returns:
        Pair (height, width), of ints where both arguments are ints.
    """
    short = smaller_side(height, width)
    longest = MAX_ASPECT_RATIO * network_size
    return tuple(
        smaller_side((2 * side * network_size + short) // (2 * short), longest)
        for side in (height, width)
    )


def network_sizes(model, photo_size, network_size):
    """Returns the size at which the network sees a photo, and the padded.

    Args:
        model: `Colorizer`.
        photo_size: pair (height, width) of ints or scalar int tensors.
        network_size: int, short side in pixels of the network's input.

    Returns:
        Two pairs like `photo_size`; the sides of the second one are multiples
        of the model's `size_multiple`.
    """
    if model.fixed_size is not None:
        return model.fixed_size, model.fixed_size
    height, width = photo_size
    size = network_input_size(height, width, network_size)
    multiple = model.size_multiple
    padded_size = tuple(
        (side + multiple - 1) // multiple * multiple for side in size
    )
    return size, padded_size


def usual_network_size(model):
    """Returns the size at which files of a model see photos, by default.

    Args:
        model: `Colorizer`.

    Returns:
        int, short side in pixels: its `network_size`; else the only one that
        it takes, that of the registered model of its name, or 256, or more
        where that does not fit.
    """
    if model.network_size is not None:
        return model.network_size
    if model.fixed_size is not None:
        return min(model.fixed_size)
    if model.name in registry.model_names():
        size = registry.get_spec(model.name).input_size
        if size % model.size_multiple == 0:
            return size
    multiple = model.size_multiple
    return -(-_USUAL_NETWORK_SIZE // multiple) * multiple


def check_network_size(model, network_size):
    """Refuses sizes that a model cannot see photos at.

    Args:
        model: `Colorizer`.
        network_size: int, short side of its input in pixels.

    Raises:
        ValueError: If it is no multiple of the model's `size_multiple`, or
            not the short side of its `fixed_size`.
    """
    fixed_size, multiple = model.fixed_size, model.size_multiple
    if fixed_size is not None and network_size != min(fixed_size):
        raise ValueError(
            f"{model.name} sees every photo at {fixed_size[0]} x "
            f"{fixed_size[1]} pixels, so `network_size` must be "
            f"{min(fixed_size)}. Received: network_size={network_size!r:.80}."
        )
    is_whole = isinstance(network_size, numbers.Integral)
    if not is_whole or network_size < multiple or network_size % multiple:
        raise ValueError(
            f"`network_size` must be a positive multiple of {multiple} for "
            f"{model.name}. Received: network_size={network_size!r:.80}."
        )


def optional_inputs(model):
    """Returns what a model takes beside photos, and the values by default.

    Args:
        model: `Colorizer`.

    Returns:
        dict of float or float32 array by name: what its natural look says
        (`Colorizer.settings_of_look`), and "hints" where it takes them.
    """
    settings = model.settings_of_look()
    names = ("temperature", "vividness", "focus")
    defaults = {name: settings[name] for name in names if name in settings}
    if model.takes_hints:
        defaults["hints"] = NO_HINTS
    return defaults


def image_to_L(image):
    """Computes the lightness of photos.

    Args:
        image: uint8 (B, H, W, 3), sRGB.

    Returns:
        float32 (B, H, W, 1), CIE L*, [0, 100].
    """
    linear_rgb = _linear_from_uint8(image)
    Y = ops.matmul(linear_rgb, _Y_FROM_LINEAR_RGB[:, None])  # (B, H, W, 1)
    return 116.0 * formulas.f_from_ratio(Y, ops) - 16.0


def colorize_unrounded(
    model, network_size, image, strength, L_offset=None, **options
):
    """Colorizes photos.

    Args:
        model: `Colorizer`.
        network_size: int, short side in pixels of the network's input.
        image: uint8 (B, H, W, 3), sRGB. Only its lightness is used.
        strength: float or scalar tensor, factor on the predicted ab.
        L_offset: float32 (B, H', W', 1), CIE units: the network sees the
            lightness of `image` and this together, where one is broadcast to
            the other; None for nothing.
        **options: those of `predict_small_ab`.

    Returns:
        Pair of float32 (B, H, W, 3), sRGB in [0, 255], with the lightness of
        `image`, and what `predict_small_ab` returns.
    """
    L = image_to_L(image)
    seen = L if L_offset is None else L + L_offset
    return colorize_lightness(model, network_size, L, seen, strength, **options)


def colorize_lightness(model, network_size, L, seen, strength, **options):
    """Colorizes lightness.

    Args:
        model: `Colorizer`.
        network_size: int, short side in pixels of the network's input.
        L: float32 (B, H, W, 1), CIE L*, that of the result.
        seen: float32 (B, H', W', 1), CIE L*, that which the network sees.
        strength: float or scalar tensor, factor on the predicted ab.
        **options: those of `predict_small_ab`.

    Returns:
        What `colorize_unrounded` returns.
    """
    small_ab = predict_small_ab(model, network_size, seen, **options)
    ab = resize_bilinear(small_ab, _height_and_width(L)) * strength
    return lab_to_rgb(ops.concatenate([L, ab], axis=-1)) * 255.0, small_ab


def predict_full_size_ab(model, network_size, L, **options):
    """Predicts ab for lightness of any size, see `predict_small_ab`.

    Returns:
        float32 (B, H, W, 2), CIE a* and b*, not clipped.
    """
    small_ab = predict_small_ab(model, network_size, L, **options)
    return resize_bilinear(small_ab, _height_and_width(L))


def predict_small_ab(
    model,
    network_size,
    L,
    temperature=None,
    hints=None,
    photo_size=None,
    sizes=None,
    **look,
):
    """Predicts ab at the size at which the network sees a photo.

    Args:
        model: `Colorizer`.
        network_size: int, short side in pixels of the network's input.
        L: float32 (B, H, W, 1), CIE L* in [0, 100].
        temperature: float or scalar tensor in (0, 1], where the model
            predicts a distribution; None for its own.
        hints: float32 (B or 1, N, 5), see `rasterize_hints`, where the model
            takes hints; None for no hint.
        photo_size: float32 (2,), height and width of the photo that the hints
            are in pixels of, 0 for those of `L`; None for `NO_SIZE`.
        sizes: what `network_sizes` returns for `L`, where the caller knows
            it; None to compute it.
        **look: vividness and focus of `color.vividness.focus_chroma`, floats
            or scalar tensors; none for colors as predicted.

    Returns:
        float32 (B, h, w, 2), CIE a* and b*, not clipped.
    """
    L_size = _height_and_width(L)
    if sizes is None:
        sizes = network_sizes(model, L_size, network_size)
    size, padded_size = sizes
    L = shrink_antialiased(L, size, padded_size)  # (B, h, w, 1)
    hint_maps = ()
    if hints is not None:
        sides = L_size
        if photo_size is not None:
            sides = [
                ops.where(given > 0.0, given, side_as_float(own))
                for given, own in zip(
                    (photo_size[0], photo_size[1]), L_size, strict=True
                )
            ]
        maps = rasterize_hints(hints, sides, size, padded_size)
        hint_maps = (x * ops.ones_like(L) for x in maps)  # one per photo
    ab = predict_network_ab(
        model, L, *hint_maps, temperature=temperature, **look
    )
    return resize_bilinear(ab, padded_size)[:, : size[0], : size[1], :]


def predict_network_ab(
    model, L, ab_hint=None, hint_mask=None, temperature=None, **look
):
    """Predicts ab at the resolution of the network's output.

    Args:
        model: `Colorizer`.
        L: float32 (B, h, w, 1), CIE L* in [0, 100], of a size that the network
            takes.
        ab_hint: float32 (B, h, w, 2), see `Colorizer.network_inputs`.
        hint_mask: float32 (B, h, w, 1), see `Colorizer.network_inputs`.
        temperature: see `predict_small_ab`.
        **look: see `predict_small_ab`.

    Returns:
        float32 (B, h / stride, w / stride, 2), CIE a* and b*, not clipped.
    """
    told = ab_hint
    if look and ab_hint is not None:
        told = unfocus_chroma(ab_hint, **look)
    with keras.name_scope(NETWORK_SCOPE):
        outputs = model(
            model.network_inputs(L, told, hint_mask), training=False
        )
    ab = model.decode_ab(outputs, L, temperature)
    ab = focus_chroma(ab, **look) if look else ab
    if model.keeps_hints and ab_hint is not None:
        ab = keep_hints(ab, L, ab_hint, hint_mask)
    return ab


def _height_and_width(x):
    """Returns ints where the graph knows them, else scalar tensors."""
    return tuple(ops.shape(x)[1:3])


def _linear_from_uint8(image):
    """Looks linear light up, float32 (B, H, W, 3)."""
    table, indices = formulas.LINEAR_FROM_UINT8, ops.cast(image, "int32")
    if keras.backend.backend() == "tensorflow":
        # `ops.take` would mend negative indices, pixel by pixel.
        import tensorflow as tf

        return tf.gather(table, indices)
    # TRICKY: of a table with one axis, Keras squeezes the result on PyTorch,
    # which ONNX refuses where the axis is free.
    return ops.take(ops.convert_to_tensor(table[:, None]), indices, 0)[..., 0]
