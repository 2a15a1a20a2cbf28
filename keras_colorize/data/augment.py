"""Crops and flips of photos as pure functions of a seed, in TensorFlow.

A crop is described by its window in the photo, so that only pixels that
are kept get resized (and later converted to Lab): resizing the whole photo
and cropping afterwards gives the same geometry at several times the work.
"""

import tensorflow as tf


def crop_window(
    photo_size, crop_size, zoom, offset
) -> tuple[tf.Tensor, tf.Tensor]:
    """Places the window of a photo that becomes the crop.

    The photo is thought of as resized by `zoom`, then cropped to
    `crop_size`; returned is the crop's place in the photo as it is. A photo
    that would be smaller than the crop is enlarged just enough to cover it.

    Args:
        photo_size: int32 (2,). Height and width of the photo, in pixels.
        crop_size: int (2,). Height and width of the crop, in pixels.
        zoom: float (). Resized size / own size, above 0.
        offset: float (2,) in [0, 1). Vertical and horizontal place among
            the possible ones: 0 is top or left, 0.5 the middle.

    Returns:
        int32 (2,), the top left corner of the window, and int32 (2,), its
        size (height, width). Within the photo, at least 1 x 1.
    """
    photo = tf.cast(photo_size, tf.float32)
    crop = tf.cast(crop_size, tf.float32)
    zoom = tf.maximum(zoom, tf.reduce_max(crop / photo))
    window = tf.round(crop / zoom)
    window = tf.clip_by_value(window, 1.0, photo)
    # `offset` below 1 makes the last place as likely as the others.
    corner = tf.floor(offset * (photo - window + 1.0))
    corner = tf.minimum(corner, photo - window)
    return tf.cast(corner, tf.int32), tf.cast(window, tf.int32)


def crop_and_resize(image, corner, window, crop_size) -> tf.Tensor:
    """Cuts a window out of a photo and resizes it with antialiasing.

    Args:
        image: uint8 (H, W, 3), [0, 255].
        corner: int32 (2,). Top and left of the window.
        window: int32 (2,). Height and width of the window.
        crop_size: Tuple of int (height, width). Size of the result.

    Returns:
        uint8 (height, width, 3), [0, 255]. Untouched pixels where the
        window already has the size; rounded ones otherwise.
    """
    crop = tf.slice(
        image,
        tf.pad(corner, [[0, 1]]),
        tf.pad(window, [[0, 1]], "CONSTANT", -1),
    )
    crop = tf.cond(
        tf.reduce_all(window == tf.constant(crop_size)),
        lambda: crop,
        lambda: resize_uint8(crop, crop_size),
    )
    return tf.ensure_shape(crop, (*crop_size, 3))


def resize_uint8(image, size) -> tf.Tensor:
    """Resizes a photo bilinearly with antialiasing and rounds it.

    Args:
        image: uint8 (H, W, 3), [0, 255].
        size: int32 (2,). Height and width of the result.

    Returns:
        uint8 (height, width, 3), [0, 255].
    """
    size = tf.convert_to_tensor(size)
    # Antialiasing only matters where the photo shrinks; where it grows, the
    # plain kernel gives the same values five times faster.
    resized = tf.cond(
        tf.reduce_any(size < tf.shape(image)[:2]),
        lambda: tf.image.resize(image, size, antialias=True),
        lambda: tf.image.resize(image, size),
    )
    return tf.cast(tf.clip_by_value(tf.round(resized), 0.0, 255.0), tf.uint8)


def zoom_for_short_side(photo_size, short_side) -> tf.Tensor:
    """Gives the zoom that brings a photo's shorter side to a length.

    Args:
        photo_size: int32 (2,). Height and width of the photo, in pixels.
        short_side: Length of the shorter side after resizing, or None to
            keep the photo at its own size.

    Returns:
        float32 (). `short_side` / shorter side; 1 for None.
    """
    if short_side is None:
        return tf.constant(1.0)
    shorter = tf.cast(tf.reduce_min(photo_size), tf.float32)
    return tf.cast(short_side, tf.float32) / shorter


def draw_augmentation(seed, index, min_scale, max_scale, flip):
    """Draws zoom factor, crop place and flip of one training sample.

    Args:
        seed: int64 (). Seed of the run.
        index: int64 (). Global sample index.
        min_scale: float above 0. Smallest extra zoom.
        max_scale: float >= `min_scale`. Largest extra zoom.
        flip: bool. Whether samples may be mirrored at all.

    Returns:
        float32 () extra zoom, log-uniform in [`min_scale`, `max_scale`];
        float32 (2,) offset in [0, 1); bool (), True to mirror. A pure
        function of the arguments.
    """
    # The algorithm is named: the automatic choice depends on the device.
    draws = tf.random.stateless_uniform(
        (4,), seed=tf.stack([seed, index]), alg="philox"
    )
    span = tf.math.log(max_scale / min_scale)
    scale = min_scale * tf.exp(draws[0] * span)
    return scale, draws[1:3], tf.logical_and(flip, draws[3] < 0.5)
