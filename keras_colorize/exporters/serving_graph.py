"""Builds the serving graph: photo in, colorized photo out, in TensorFlow.

Everything between is inside: lightness, the network at its own size, the
decoding of its output, the resizing of ab, the merge with the original
full-size L, the conversion back. `serving.merge` is the NumPy twin.
"""

import functools
import inspect

import numpy as np
import tensorflow as tf
from keras import ops

from keras_colorize.color import lab_formulas as formulas
from keras_colorize.color.cielab import lab_to_rgb
from keras_colorize.color.vividness import focus_chroma
from keras_colorize.color.vividness import unfocus_chroma
from keras_colorize.layers.hint_map import rasterize_hints
from keras_colorize.layers.resize import resize_bilinear
from keras_colorize.layers.resize import shrink_antialiased
from keras_colorize.models.colorizer import Colorizer

HEADS = ("photo", "ab")
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

_Y_FROM_LINEAR_RGB = formulas.XYZ_FROM_LINEAR_RGB[1].astype(np.float32)


def build_serving_graph(model, network_size=256, head="photo", image_size=None):
    """Wraps a model into a function that serves it.

    Args:
        model: `Colorizer`.
        network_size: int. Length in pixels that the short side of the
            network's input gets: a multiple of the model's `size_multiple`,
            or the short side of its `fixed_size`.
        head: `"photo"` or `"ab"`, see `ServingGraph`.
        image_size: int, pair (height, width) or None. The only image size
            that the function takes; None for any.

    Returns:
        `ServingGraph`.

    Raises:
        TypeError: If `model` is not a `Colorizer`.
        ValueError: If another argument is outside what is said above.
    """
    return ServingGraph(model, network_size, head, image_size)


class ServingGraph:
    """A model with its pre- and postprocessing.

    `serve(image, strength=1.0, temperature=T, vividness=V, focus=F,
    hints=none)` for the head `"photo"`:

        image: uint8 (B, H, W, 3), sRGB. Only its lightness is used.
        strength: float32 scalar, factor on the predicted ab; 0 gives gray.
        temperature: float32 scalar in (0, 1], only where the model predicts
            a distribution. T, V and F are those of the model's natural look.
        vividness: float32 scalar, 0 or more, and
        focus: float32 scalar, 0 or more, see `focus_chroma`; only where the
            model has looks.
        hints: float32 (B or 1, N, 5), N at least 1, only where the model
            takes hints: rows (x, y, radius, a, b), see `rasterize_hints`; of
            1, they are for each photo of the batch. None by default.
        returns: uint8 (B, H, W, 3), sRGB.

    `serve(L, temperature=T, vividness=V, focus=F, hints=none)` for the head
    `"ab"`:

        L: float32 (B, H, W, 1), CIE L* in [0, 100].
        returns: float32 (B, H, W, 2), CIE a* and b*, not clipped.

    `serve_in_parts(image, ..., L_offset=0, photo_size=0)` of the head
    `"photo"` lets a caller who has a large photo leave the work at its full
    size out of the graph: an image of the size at which the network sees it
    passes every resize as it is.

        L_offset: float32 (B, H, W, 1), or what broadcasts to it, CIE units:
            added to the lightness of `image`, which 8 bits would round. With
            a black image, it is the lightness.
        photo_size: float32 (height, width), only where the model takes
            hints: these are in pixels of a photo of this size. 0 for that of
            `image`.
        returns: pair of the photo, as above, and float32 (B, h, w, 2), CIE
            a* and b* at the size of the network's image, before `strength`
            and before they are resized to the photo.

    Attributes:
        head: `"photo"` or `"ab"`.
        network_size: Short side of the network's input in pixels.
        image_size: Pair (height, width), or None for any.
        serve: `tf.function` as above, with one concrete signature.
        serve_unrounded: the same without rounding photos to uint8: float32
            in [0, 255].
        serve_in_parts: as above; `serve` for the head `"ab"`.
        input_names: names of the arguments of `serve`, in order.
        output_name: what the result is called in exported files.
        defaults: dict of the optional arguments of `serve` and their values,
            floats or float32 arrays.
        part_defaults: dict of the further ones of `serve_in_parts`.
    """

    def __init__(self, model, network_size, head, image_size):
        _check_arguments(model, network_size, head, image_size)
        if isinstance(image_size, int):
            image_size = (image_size, image_size)
        sides = image_size or (None, None)
        self.head = head
        self.image_size = image_size
        self.network_size = network_size
        self.part_defaults = {}
        if head == "photo":
            image = tf.TensorSpec((None, *sides, 3), tf.uint8, "image")
            self.defaults = {"strength": 1.0, **_model_defaults(model)}
            self.output_name = "colorized"
            self.part_defaults["L_offset"] = NO_OFFSET
            if model.takes_hints:
                self.part_defaults["photo_size"] = NO_SIZE
            parts = functools.partial(_colorize, model, network_size)
            unrounded = _first_of(parts)
            function = _rounded_to_uint8(unrounded)
        else:
            image = tf.TensorSpec((None, *sides, 1), tf.float32, "L")
            self.defaults = _model_defaults(model)
            self.output_name = "ab"
            unrounded = functools.partial(_predict_ab, model, network_size)
            function = unrounded
        self.input_names = (image.name, *self.defaults)
        self.serve = function_with_defaults(function, image, self.defaults)
        self.serve_unrounded = function_with_defaults(
            unrounded, image, self.defaults
        )
        self.serve_in_parts = self.serve
        if head == "photo":
            self.serve_in_parts = function_with_defaults(
                _first_rounded_to_uint8(parts),
                image,
                {**self.defaults, **self.part_defaults},
            )


def function_with_defaults(function, image, defaults):
    """Makes a `tf.function` of one image input and optional float32 inputs.

    Args:
        function: callable of the image and, by name, the optional tensors.
        image: `tf.TensorSpec` of the first input.
        defaults: dict of the optional inputs: float for a scalar, array
            (..., C) for a tensor whose other axes may have any length.

    Returns:
        `tf.function` with an input signature. Its optional arguments survive
        saving and loading as a SavedModel.
    """

    def call(image, *options):
        return function(image, **dict(zip(defaults, options, strict=True)))

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    call.__signature__ = inspect.Signature(
        [
            inspect.Parameter(image.name, kind),
            *(
                inspect.Parameter(name, kind, default=value)
                for name, value in defaults.items()
            ),
        ]
    )
    optional = [
        tf.TensorSpec(_any_size(np.shape(value)), tf.float32, name)
        for name, value in defaults.items()
    ]
    return tf.function(call, input_signature=[image, *optional])


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
    short = _minimum(height, width)
    longest = MAX_ASPECT_RATIO * network_size
    return tuple(
        _minimum((2 * side * network_size + short) // (2 * short), longest)
        for side in (height, width)
    )


def check_head(head):
    """Raises `ValueError` unless `head` is one of `HEADS`."""
    if head not in HEADS:
        raise ValueError(
            f"`head` must be one of {HEADS}. Received: head={head!r}."
        )


def image_to_L(image):
    """Computes the lightness of photos.

    Args:
        image: uint8 (B, H, W, 3), sRGB.

    Returns:
        float32 (B, H, W, 1), CIE L*, [0, 100].
    """
    linear_rgb = tf.gather(formulas.LINEAR_FROM_UINT8, tf.cast(image, tf.int32))
    Y = tf.matmul(linear_rgb, _Y_FROM_LINEAR_RGB[:, None])  # (B, H, W, 1)
    return 116.0 * formulas.f_from_ratio(Y, ops) - 16.0


def _model_defaults(model):
    """Returns the optional inputs that the model itself brings."""
    settings = model.settings_of_look()
    names = ("temperature", "vividness", "focus")
    defaults = {name: settings[name] for name in names if name in settings}
    if model.takes_hints:
        defaults["hints"] = NO_HINTS
    return defaults


def _any_size(shape):
    return (None,) * (len(shape) - 1) + tuple(shape[-1:])


def _colorize(model, network_size, image, strength, L_offset=None, **options):
    """Returns sRGB (B, H, W, 3) in [0, 255], and ab as the network's image."""
    L = image_to_L(image)
    if L_offset is not None:
        L = L + L_offset
    small_ab = _predict_small_ab(model, network_size, L, **options)
    ab = resize_bilinear(small_ab, _height_and_width(L)) * strength
    return lab_to_rgb(tf.concat([L, ab], axis=-1)) * 255.0, small_ab


def _first_of(function):
    return lambda *args, **options: function(*args, **options)[0]


def _rounded_to_uint8(function):
    return lambda *args, **options: tf.cast(
        tf.round(function(*args, **options)), tf.uint8
    )


def _first_rounded_to_uint8(function):
    def rounded(*args, **options):
        first, second = function(*args, **options)
        return tf.cast(tf.round(first), tf.uint8), second

    return rounded


def _predict_ab(model, network_size, L, **options):
    """Predicts ab (B, H, W, 2) for L (B, H, W, 1) of any size."""
    small_ab = _predict_small_ab(model, network_size, L, **options)
    return resize_bilinear(small_ab, _height_and_width(L))


def _predict_small_ab(
    model,
    network_size,
    L,
    temperature=None,
    hints=None,
    photo_size=None,
    **look,
):
    """Predicts ab (B, h, w, 2), at the size of the network's image."""
    L_size = _height_and_width(L)
    size, padded_size = _network_sizes(model, L_size, network_size)
    L = shrink_antialiased(L, size, padded_size)  # (B, h, w, 1)
    hint_maps = ()
    if hints is not None:
        if look:
            ab = unfocus_chroma(hints[..., 3:], **look)
            hints = tf.concat([hints[..., :3], ab], axis=-1)
        if photo_size is None:
            photo_size = NO_SIZE
        sides = [
            tf.where(given > 0.0, given, tf.cast(own, tf.float32))
            for given, own in zip(tf.unstack(photo_size), L_size, strict=True)
        ]
        maps = rasterize_hints(hints, sides, size, padded_size)
        hint_maps = (x * tf.ones_like(L) for x in maps)  # one per photo
    with tf.name_scope(NETWORK_SCOPE):
        outputs = model(model.network_inputs(L, *hint_maps), training=False)
    ab = model.decode_ab(outputs, L, temperature)
    ab = focus_chroma(ab, **look) if look else ab
    return resize_bilinear(ab, padded_size)[:, : size[0], : size[1], :]


def _network_sizes(model, photo_size, network_size):
    """Returns the size at which the network sees a photo, and the padded."""
    if model.fixed_size is not None:
        return model.fixed_size, model.fixed_size
    height, width = photo_size
    size = network_input_size(height, width, network_size)
    multiple = model.size_multiple
    padded_size = tuple(
        (side + multiple - 1) // multiple * multiple for side in size
    )
    return size, padded_size


def _height_and_width(x):
    """Returns ints where the graph knows them, else scalar tensors."""
    known = x.shape[1:3]
    dynamic = tf.shape(x)
    return tuple(
        dynamic[axis + 1] if side is None else side
        for axis, side in enumerate(known)
    )


def _minimum(a, b):
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b)
    return tf.minimum(a, b)


def _check_arguments(model, network_size, head, image_size):
    if not isinstance(model, Colorizer):
        raise TypeError(
            "`model` must be a Colorizer, as create_model returns. "
            f"Received: model={model!r}."
        )
    check_head(head)
    fixed_size, multiple = model.fixed_size, model.size_multiple
    if fixed_size is not None and network_size != min(fixed_size):
        raise ValueError(
            f"{model.name} sees every photo at {fixed_size[0]} x "
            f"{fixed_size[1]} pixels, so `network_size` must be "
            f"{min(fixed_size)}. Received: network_size={network_size}."
        )
    if network_size < multiple or network_size % multiple:
        raise ValueError(
            f"`network_size` must be a positive multiple of {multiple} for "
            f"{model.name}. Received: network_size={network_size}."
        )
    sides = image_size if isinstance(image_size, tuple) else (image_size,)
    if image_size is not None and min(sides) < 1:
        raise ValueError(
            "`image_size` must be None or at least 1 pixel. "
            f"Received: image_size={image_size}."
        )
