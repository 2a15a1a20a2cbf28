"""Builds the serving graph: photo in, colorized photo out, in TensorFlow."""

import inspect

import numpy as np
import tensorflow as tf

from keras_colorize.exporters.signature import Signature


def build_serving_graph(
    model, network_size=None, head="photo", image_size=None
):
    """Wraps a model into a function that serves it.

    Args:
        model: `Colorizer`.
        network_size: int. Length in pixels that the short side of the
            network's input gets: a multiple of the model's `size_multiple`,
            or the short side of its `fixed_size`. None for what
            `usual_network_size` says.
        head: `"photo"` or `"ab"`, see `Signature`.
        image_size: int, pair (height, width) or None. The only image size
            that the function takes; None for any.

    Returns:
        `ServingGraph`.

    Raises:
        TypeError: If `model` is not a `Colorizer`.
        ValueError: If another argument is outside what is said above.
    """
    return ServingGraph(model, network_size, head, image_size)


class ServingGraph(Signature):
    """A model with its pre- and postprocessing, in TensorFlow.

    Arguments, inputs and outputs: see `Signature`.

    Attributes:
        serve: `tf.function` (image, strength=1.0, ...) with one concrete
            signature, without the further inputs and the second output of
            the head `"photo"`.
        serve_unrounded: the same without rounding photos to uint8: float32
            in [0, 255].
        serve_in_parts: with all of them; `serve` for the head `"ab"`.
    """

    def __init__(self, model, network_size, head, image_size):
        super().__init__(model, network_size, head, image_size)
        sides = self.image_size or (None, None)
        if head == "photo":
            image = tf.TensorSpec((None, *sides, 3), tf.uint8, "image")
            unrounded = _first_of(self.compute)
            function = _rounded_to_uint8(unrounded)
        else:
            image = tf.TensorSpec((None, *sides, 1), tf.float32, "L")
            function = unrounded = self.compute
        self.serve = function_with_defaults(function, image, self.defaults)
        self.serve_unrounded = function_with_defaults(
            unrounded, image, self.defaults
        )
        self.serve_in_parts = self.serve
        if head == "photo":
            self.serve_in_parts = function_with_defaults(
                _first_rounded_to_uint8(self.compute),
                image,
                {**self.defaults, **self.part_defaults},
            )

    def to_onnx(self, opset):
        """Converts `serve_in_parts` to ONNX, as `convert_function` does."""
        # A SavedModel is written where tf2onnx is not installed.
        from keras_colorize.exporters.conversion import convert_function

        return convert_function(self.serve_in_parts, opset)


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
