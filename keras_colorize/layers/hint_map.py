"""Color hints at points of a photo, drawn at the network's resolution."""

from keras import ops

from keras_colorize.layers.resize import side_as_float


def rasterize_hints(hints, photo_size, map_size, padded_size=None):
    """Draws color hints as discs.

    A pixel of the map is hinted where its center lies in the disc. The pixel
    that holds the point itself is always hinted, so a disc smaller than a
    pixel does not vanish. Where discs overlap, the last row wins.

    Args:
        hints: float32 (B, N, 5), N at least 1, rows (x, y, radius, a, b): x
            to the right, y down and radius in pixels of the photo, whose
            first pixel spans [0, 1]; CIE a* and b*. A row of negative radius
            is no hint.
        photo_size: pair (height, width) of ints or scalar int tensors.
        map_size: pair like `photo_size`. Size at which the network sees the
            photo.
        padded_size: pair like `photo_size` and not smaller than `map_size`,
            or None. Repeats the last row and column of the maps up to this
            size, as `shrink_antialiased` does.

    Returns:
        Pair `ab_hint`, float32 (B, h, w, 2), CIE a* and b* where there is a
        hint, else 0; and `hint_mask`, float32 (B, h, w, 1), 1 where there is
        a hint, else 0.

    Raises:
        ValueError: If the last axis of `hints` is not 5 long.
    """
    if len(hints.shape) != 3 or hints.shape[-1] != 5:
        raise ValueError(
            "`hints` must have the shape (batch, points, 5). "
            f"Received: shape={tuple(hints.shape)}."
        )
    padded_size = map_size if padded_size is None else padded_size
    x, y, radius = (hints[:, None, :, i] for i in range(3))  # (B, 1, N)
    down, is_row = _offsets(y, photo_size[0], map_size[0], padded_size[0])
    across, is_column = _offsets(x, photo_size[1], map_size[1], padded_size[1])
    radius = radius[:, None]  # (B, 1, 1, N)
    # Sides of the comparison stay small; only its result has all four axes.
    is_near = down[:, :, None] <= radius * radius - across[:, None]
    is_pixel = ops.logical_and(is_row[:, :, None], is_column[:, None])
    covers = ops.logical_and(
        ops.logical_or(is_near, is_pixel), radius >= 0.0
    )  # (B, h, w, N)
    number = ops.arange(1, ops.shape(hints)[1] + 1, dtype="float32")  # (N,)
    last = ops.max(
        ops.where(covers, number, 0.0), axis=-1, keepdims=True
    )  # (B, h, w, 1), 0 where no hint covers the pixel
    chosen = ops.cast(ops.equal(number, last), "float32")  # (B, h, w, N)
    ab_hint = ops.matmul(chosen, hints[:, None, :, 3:])
    return ab_hint, ops.cast(last > 0.0, "float32")


def _offsets(points, photo_side, map_side, padded_side):
    """Measures along one axis, for points (B, 1, N): two tensors (B, side, N).

    The squared distance in photo pixels of each map pixel's center from each
    point, and whether the map pixel holds the point.
    """
    step = side_as_float(photo_side) / side_as_float(map_side)
    last = side_as_float(map_side) - 1.0
    index = ops.minimum(ops.arange(padded_side, dtype="float32"), last)
    index = index[:, None]  # (side, 1)
    holder = ops.clip(ops.floor(points / step), 0.0, last)  # (B, 1, N)
    distance = (index + 0.5) * step - points  # (B, side, N)
    return distance * distance, ops.equal(index, holder)
