"""Convolution of a hypercolumn that is never materialised."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_colorize")
class HypercolumnConv2D(keras.layers.Layer):
    """A 3 x 3 convolution over upsampled and concatenated feature maps.

    Computes exactly

        conv(concat([scale * upsample(x) for x, scale in levels])) + bias

    with bilinear upsampling (half-pixel centres) to the full size and zero
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

    def call(self, inputs):
        kernel = ops.convert_to_tensor(self.kernel)
        first = 0
        outputs = ops.convert_to_tensor(self.bias)
        for x, stride, scale in zip(
            inputs, self.strides, self.level_scales, strict=True
        ):
            last = first + x.shape[-1]
            part = scale * kernel[:, :, first:last]  # (3, 3, C, F)
            if stride == 1:
                level = ops.conv(
                    x, part, padding="same", data_format="channels_last"
                )
            else:
                level = _convolve_upsampled(x, part, stride)
            outputs = outputs + level
            first = last
        return outputs

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


def _convolve_upsampled(x, kernel, stride):
    """Upsamples (B, h, w, C) by `stride`, convolves: (B, H, W, F)."""
    height, width = ops.shape(x)[1], ops.shape(x)[2]
    channels, filters = kernel.shape[2:]
    columns = _shifted_upsampling(width, stride, x.dtype)  # (W, w, 3)
    columns = ops.reshape(columns, (stride * width, 3 * width))
    rows = []
    for dy in range(3):
        taps = ops.transpose(kernel[dy], (1, 0, 2))  # (C, 3, F)
        y = ops.matmul(x, ops.reshape(taps, (channels, 3 * filters)))
        y = ops.reshape(y, (-1, height, 3 * width, filters))  # w major
        rows.append(ops.matmul(columns, y))  # (B, h, W, F)
    y = ops.concatenate(rows, axis=1)  # (B, 3h, W, F)
    y = ops.reshape(y, (-1, 3 * height, stride * width * filters))
    rows = _shifted_upsampling(height, stride, x.dtype)  # (H, h, 3)
    rows = ops.transpose(rows, (0, 2, 1))  # (H, 3, h)
    rows = ops.reshape(rows, (stride * height, 3 * height))
    y = ops.matmul(rows, y)  # (B, H, W * F)
    return ops.reshape(y, (-1, stride * height, stride * width, filters))


def _shifted_upsampling(size, stride, dtype):
    """Matrices (stride * size, size, 3): upsample, then read at -1, 0, 1.

    Outside of the full size they read zeros.
    """
    full = stride * size
    taps = ops.arange(-1, 2)
    read = ops.expand_dims(ops.arange(full), 1) + taps  # (full, 3)
    inside = ops.cast((read >= 0) & (read < full), "float32")
    centres = (ops.cast(read, "float32") + 0.5) / stride - 0.5
    last = ops.cast(size - 1, "float32")
    centres = ops.minimum(ops.maximum(centres, 0.0), last)
    old = ops.expand_dims(ops.arange(size, dtype="float32"), 1)  # (size, 1)
    distances = ops.abs(old - ops.expand_dims(centres, 1))  # (full, size, 3)
    weights = ops.relu(1.0 - distances) * ops.expand_dims(inside, 1)
    return ops.cast(weights, dtype)
