"""A 3 x 3 convolution over upsampled feature maps, without upsampling them.

Bilinear upsampling and convolution are linear, and upsampling treats every
channel alike. So a kernel's products over channels come first, at the feature
map's own resolution. What is left, upsampling and reading at the three
offsets of a tap, is one small matrix along each axis: first the three columns
of each kernel row meet at the full width, then the three rows at the full
height.

A matrix along a whole side is nearly all zeros. Hence `Spans`: a side is cut
into spans, and each is computed from the few feature pixels below it.
"""

from typing import NamedTuple

from keras import ops

from keras_colorize.layers.resize import side_as_float


class Spans(NamedTuple):
    """Equal pieces of an axis at full resolution.

    Attributes:
        starts: int tensor (S,), first pixel of each.
        length: int or scalar int tensor, pixels of each. It and the starts
            are multiples of every stride in use.
        side: int or scalar int tensor, pixels of the whole axis.
    """

    starts: object
    length: object
    side: object

    @classmethod
    def whole(cls, side):
        """Makes one span: the axis."""
        return cls(ops.zeros((1,), "int32"), side, side)

    @classmethod
    def cut(cls, side, step, most):
        """Makes as few spans as possible, if the side is known.

        Args:
            side: int or scalar int tensor.
            step: int, the length is a multiple of it.
            most: int, largest length.
        """
        if isinstance(side, int):
            for length in range(most - most % step, 0, -step):
                if side % length == 0:
                    return cls(ops.arange(0, side, length), length, side)
        return cls.whole(side)

    def sources(self, stride):
        """Finds feature pixels that the spans and their neighbors depend on.

        Args:
            stride: int, full resolution over that of the features.

        Returns:
            Their first index, int (S,), and their number.
        """
        size = self.side // stride
        if self.length is self.side:
            return self.starts, size
        count = min(self.length // stride + 2, size)
        firsts = ops.maximum(self.starts // stride - 1, 0)
        return ops.minimum(firsts, size - count), count

    def matrices(self, stride, dtype):
        """Upsamples, then reads at the offsets -1, 0 and 1; zeros outside.

        Args:
            stride: int, full resolution over that of the features.
            dtype: of the matrices. Entries are multiples of 1 / (2 * stride).

        Returns:
            float (S, length, 3, number of source pixels).
        """
        firsts, count = self.sources(stride)
        read = ops.arange(self.length, dtype="int32")[:, None] + ops.arange(
            -1, 2
        )
        read = self.starts[:, None, None] + read  # (S, length, 3)
        inside = ops.logical_and(read >= 0, read < self.side)
        centers = (ops.cast(read, "float32") + 0.5) / stride - 0.5
        last = side_as_float(self.side // stride) - 1.0
        centers = ops.minimum(ops.maximum(centers, 0.0), last)
        sources = ops.arange(count, dtype="int32")
        sources = ops.cast(firsts[:, None] + sources, "float32")
        distances = sources[:, None, None] - centers[..., None]
        weights = ops.relu(1.0 - ops.abs(distances))
        weights = weights * ops.cast(inside[..., None], "float32")
        return ops.cast(weights, dtype)  # (S, length, 3, count)


def split_kernel(kernel, strides, channels, scales):
    """Cuts the kernel of a concatenation into one per level.

    Args:
        kernel: float (3, 3, sum of channels, F).
        strides: sequence of ints, one per level.
        channels: sequence of ints, one per level.
        scales: sequence of floats, what each level is multiplied with.

    Returns:
        List of float tensors: (3, 3, C, F) for stride 1, else (1, 3, C, 3F).
    """
    filters = kernel.shape[-1]
    start = 0
    parts = []
    for count, stride, scale in zip(channels, strides, scales, strict=True):
        # `ops.split` computes its limits in the graph on PyTorch.
        part = kernel[:, :, start : start + count] * scale
        start += count
        if stride > 1:
            part = ops.transpose(part, (0, 2, 1, 3))  # (3, C, 3, F)
            part = ops.reshape(part, (1, 3, -1, 3 * filters))
        parts.append(part)
    return parts


def convolve_rows(levels, parts, bias, strides, rows, width):
    """Convolves the hypercolumn of some levels, in one span of rows.

    Args:
        levels: list of float (B, H/s, W/s, C), of the whole photos.
        parts: list of kernels from `split_kernel`.
        bias: float (F,).
        strides: sequence of ints, the s of each level.
        rows: `Spans` with one span; a piece of a side only for B = 1.
        width: int or scalar int tensor, W.

    Returns:
        float (B, rows.length, W, F), what a convolution with zeros around the
        photo gives for these rows.
    """
    outputs = None
    for x, part, stride in zip(levels, parts, strides, strict=True):
        first, count = rows.sources(stride)
        x = _take_rows(x, first[0], count, whole=rows.length is rows.side)
        if stride == 1:
            y = ops.conv(x, part, padding="same", data_format="channels_last")
            # Rows are taken up to the photo's edge, where the zeros of "same"
            # belong. Elsewhere they touch only what is left out here.
            y = _take_rows(
                y,
                rows.starts[0] - first[0],
                rows.length,
                whole=rows.length is rows.side,
            )
        else:
            columns = Spans.cut(width, stride, 16 * stride)
            y = _convolve_upsampled(x, part, stride, rows, columns)
        # A convolution and its bias become one operation.
        outputs = ops.add(y, bias) if outputs is None else outputs + y
    return outputs


def _take_rows(x, first, count, whole):
    if whole:
        return x
    # Of one photo without the batch axis: TensorFlow copies nothing then.
    x = ops.squeeze(x, 0)
    x = ops.slice(x, (first, 0, 0), (count, *x.shape[1:]))
    return ops.expand_dims(x, 0)


def _convolve_upsampled(x, part, stride, rows, columns):
    """Upsamples (B, h, w, C), convolves by (1, 3, C, 3F): (B, H, W, F)."""
    channels, filters = part.shape[2], part.shape[3] // 3
    height = rows.sources(stride)[1]
    firsts, width = columns.sources(stride)
    spans = columns.starts.shape[0]
    if spans > 1:
        x = ops.take(x, firsts[:, None] + ops.arange(width), axis=2)
    batch = -1 if x.shape[0] is None else x.shape[0]
    x = ops.reshape(x, (batch, 1, height * spans * width, channels))
    x = ops.matmul(x, part)  # (B, 3, h * S * w, 3F)
    # A pixel holds its three column taps side by side, and so do the columns.
    x = ops.reshape(x, (batch, 3 * height, spans, width * 3, filters))
    matrices = ops.transpose(columns.matrices(stride, x.dtype), (0, 1, 3, 2))
    matrices = ops.reshape(matrices, (spans, columns.length, width * 3))
    x = ops.matmul(matrices, x)  # (B, 3h, S, W / S, F)
    x = ops.reshape(x, (batch, 3 * height, columns.side * filters))
    matrix = rows.matrices(stride, x.dtype)
    x = ops.matmul(ops.reshape(matrix, (rows.length, 3 * height)), x)
    return ops.reshape(x, (batch, rows.length, columns.side, filters))
