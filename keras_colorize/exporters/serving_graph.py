"""Builds the serving graph: photo in, colorized photo out, in TensorFlow.

What it computes is `models.full_size`; here it gets the inputs, optional ones
with their values, that exported files have.
"""

import functools
import inspect

import numpy as np
import tensorflow as tf

from keras_colorize.models.colorizer import Colorizer
from keras_colorize.models.full_size import NO_OFFSET
from keras_colorize.models.full_size import NO_SIZE
from keras_colorize.models.full_size import check_network_size
from keras_colorize.models.full_size import colorize_unrounded
from keras_colorize.models.full_size import optional_inputs
from keras_colorize.models.full_size import predict_full_size_ab

HEADS = ("photo", "ab")


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
    size out of the graph: a lightness of the size at which the network sees
    it passes every resize as it is.

        L_offset: float32 (B, H', W', 1), CIE units: the network sees the
            lightness of `image` and this together, where one is broadcast to
            the other. With an image of one black pixel, it is the lightness,
            and next to nothing is spent on the photo that comes back.
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
            self.defaults = {"strength": 1.0, **optional_inputs(model)}
            self.output_name = "colorized"
            self.part_defaults["L_offset"] = NO_OFFSET
            if model.takes_hints:
                self.part_defaults["photo_size"] = NO_SIZE
            parts = functools.partial(colorize_unrounded, model, network_size)
            unrounded = _first_of(parts)
            function = _rounded_to_uint8(unrounded)
        else:
            image = tf.TensorSpec((None, *sides, 1), tf.float32, "L")
            self.defaults = optional_inputs(model)
            self.output_name = "ab"
            unrounded = functools.partial(
                predict_full_size_ab, model, network_size
            )
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


def check_head(head):
    """Raises `ValueError` unless `head` is one of `HEADS`."""
    if head not in HEADS:
        raise ValueError(
            f"`head` must be one of {HEADS}. Received: head={head!r}."
        )


def _any_size(shape):
    return (None,) * (len(shape) - 1) + tuple(shape[-1:])


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


def _check_arguments(model, network_size, head, image_size):
    if not isinstance(model, Colorizer):
        raise TypeError(
            "`model` must be a Colorizer, as create_model returns. "
            f"Received: model={model!r}."
        )
    check_head(head)
    check_network_size(model, network_size)
    sides = image_size if isinstance(image_size, tuple) else (image_size,)
    if image_size is not None and min(sides) < 1:
        raise ValueError(
            "`image_size` must be None or at least 1 pixel. "
            f"Received: image_size={image_size}."
        )
