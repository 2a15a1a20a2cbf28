"""Convolution of a hypercolumn that is never materialized."""

import functools

import keras
from keras import ops

from keras_colorize.layers.upsampled_conv import Spans
from keras_colorize.layers.upsampled_conv import convolve_rows
from keras_colorize.layers.upsampled_conv import split_kernel


@keras.saving.register_keras_serializable(package="keras_colorize")
class HypercolumnConv2D(keras.layers.Layer):
    """A 3 x 3 convolution over upsampled and concatenated feature maps.

    Computes exactly

        conv(concat([scale * upsample(x) for x, scale in levels])) + bias

    with bilinear upsampling (half-pixel centers) to the full size and zero
    padding, borders included, without the hypercolumn, the large tensor in
    between. Both steps are linear, and upsampling acts on each channel alone,
    so the kernel's products over channels go first, at each level's own
    resolution. What is left, upsampling and shifting by the three taps, is
    one small matrix along each axis.

    Args:
        filters: int. Number of output channels.
        strides: sequence of ints, one per level: full size over its size.
        level_scales: sequence of floats, one per level, or None for ones.
            Constants that the levels are multiplied with.
        **kwargs: Arguments of `keras.layers.Layer`.

    Weights:
        kernel (3, 3, sum of the levels' channels, filters) and bias
        (filters,), those of a `keras.layers.Conv2D` over the concatenation.

    Input shape:
        List of float (B, H/s, W/s, C), one per level with its stride s.

    Output shape:
        float (B, H, W, filters), before any activation.

    Raises:
        ValueError: If an argument or the number, rank or size of the levels
            does not fit.
    """

    def __init__(self, filters, strides, level_scales=None, **kwargs):
        super().__init__(**kwargs)
        if level_scales is None:
            level_scales = [1.0] * len(strides)
        if filters < 1 or len(strides) < 1 or min(strides) < 1:
            raise ValueError(
                "`filters` and `strides` must be positive. "
                f"Received: filters={filters}, strides={strides}."
            )
        if len(level_scales) != len(strides):
            raise ValueError(
                "`level_scales` must be one number per level. Received: "
                f"level_scales={level_scales} for strides={strides}."
            )
        self.filters = filters
        self.strides = tuple(strides)
        self.level_scales = tuple(float(scale) for scale in level_scales)

    def build(self, input_shape):
        self._check_shapes(input_shape)
        channels = sum(shape[-1] for shape in input_shape)
        self.kernel = self.add_weight(
            name="kernel",
            shape=(3, 3, channels, self.filters),
            initializer="he_normal",
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.filters,), initializer="zeros"
        )
        self.built = True

    def call(self, inputs, training=False):
        levels = [ops.stop_gradient(x) for x in inputs]
        split = functools.partial(
            split_kernel,
            strides=self.strides,
            channels=[x.shape[-1] for x in levels],
            scales=self.level_scales,
        )
        kernel = ops.convert_to_tensor(self.kernel)
        bias = ops.convert_to_tensor(self.bias)
        if training and keras.backend.backend() == "tensorflow":
            return _convolve_by_strips(
                levels, kernel, bias, split, self.strides
            )
        height, width = _full_size(levels[0], self.strides[0])
        rows = Spans.whole(height)
        return convolve_rows(
            levels, split(kernel), bias, self.strides, rows, width
        )

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape[0]
        stride = self.strides[0]
        return (
            batch,
            None if height is None else height * stride,
            None if width is None else width * stride,
            self.filters,
        )

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "strides": self.strides,
            "level_scales": self.level_scales,
        }

    def _check_shapes(self, shapes):
        full = [
            tuple(
                None if side is None else side * stride for side in shape[1:3]
            )
            for shape, stride in zip(shapes, self.strides, strict=False)
        ]
        if (
            len(shapes) != len(self.strides)
            or any(len(shape) != 4 for shape in shapes)
            or len({size for size in full if None not in size}) > 1
        ):
            raise ValueError(
                f"Expected {len(self.strides)} levels (B, H/s, W/s, C) with "
                f"the strides s of {self.strides} and one full size. "
                f"Received: shapes={[tuple(shape) for shape in shapes]}."
            )


def _full_size(x, stride):
    """Returns height and width at full resolution; ints where known."""
    sides = zip(x.shape[1:3], ops.shape(x)[1:3], strict=True)
    return [stride * (y if x is None else x) for x, y in sides]


def _convolve_by_strips(levels, kernel, bias, split, strides):
    """Convolves a few rows of one photo at a time, forward and backward.

    By itself TensorFlow starts all levels of all photos at once, and keeps
    their products for gradients of matrices that are constants.
    """
    import tensorflow as tf

    height, width = _full_size(levels[0], strides[0])
    rows = Spans.cut(height, step=max(strides), most=64)
    per_photo = rows.starts.shape[0]
    num_strips = tf.shape(levels[0])[0] * per_photo

    def convolve_strip(i, parts, bias):
        photo = [tf.expand_dims(x[i // per_photo], 0) for x in levels]
        start = tf.expand_dims(rows.starts[i % per_photo], 0)
        span = rows._replace(starts=start)
        return convolve_rows(photo, parts, bias, strides, span, width)

    @tf.custom_gradient
    def convolve(kernel, bias):
        parts = split(kernel)
        outputs = tf.map_fn(
            lambda i: convolve_strip(i, parts, bias)[0],
            tf.range(num_strips),
            parallel_iterations=1,
            fn_output_signature=kernel.dtype,
        )  # (B * S, H / S, W, F)
        shape = tf.shape(outputs)

        def gradient(upstream):
            with tf.GradientTape() as splitting:
                splitting.watch(kernel)
                weights = [*split(kernel), bias]
            strips = tf.reshape(upstream, shape)

            def add_strip(i, sums):
                with tf.GradientTape() as tape:
                    tape.watch(weights)
                    strip = convolve_strip(i, weights[:-1], weights[-1])
                gradients = tape.gradient(strip, weights, strips[i][None])
                # In float32: there may be thousands of strips.
                return i + 1, [
                    total + tf.cast(x, "float32")
                    for total, x in zip(sums, gradients, strict=True)
                ]

            _, sums = tf.while_loop(
                lambda i, sums: i < num_strips,
                add_strip,
                (0, [tf.zeros(x.shape) for x in weights]),
                parallel_iterations=1,
            )
            *parts_sum, bias_sum = [tf.cast(x, kernel.dtype) for x in sums]
            kernel_sum = splitting.gradient(weights[:-1], kernel, parts_sum)
            return kernel_sum, bias_sum

        outputs = tf.reshape(outputs, (-1, height, width, kernel.shape[-1]))
        return outputs, gradient

    # Of variables, a custom gradient would want more.
    return convolve(tf.convert_to_tensor(kernel), tf.convert_to_tensor(bias))
