"""Color hints as a user would give them, simulated from the true colors.

As in the training of SIGGRAPH17: a few small squares, most of them near the
middle of the photo, each with the mean color of what it covers. All patches
of a batch are placed at once, without a loop over them, so that XLA can
compile the simulation with the rest of the conversion to Lab.
"""

import math

import tensorflow as tf

from keras_colorize.data.pipeline_config import HintSimulation

# Keeps the draws apart from others of the same seeds, such as the crop.
_STREAM = 0x68696E7473


def simulate_hints(
    ab, seeds, settings: HintSimulation
) -> tuple[tf.Tensor, tf.Tensor]:
    """Draws hints for a batch of photos.

    Each patch carries the mean of `ab` over its square; where patches
    overlap, the later one counts.

    Args:
        ab: float32 (B, h, w, 2), the true CIE a* and b*; h and w static.
        seeds: int64 (B, 2), one seed per photo. The hints of a photo depend
            on its own seed and colors alone, not on its batch.
        settings: The `HintSimulation`.

    Returns:
        float32 (B, h, w, 2), CIE a* and b* inside the patches, 0 elsewhere;
        float32 (B, h, w, 1), 1 inside the patches, 0 elsewhere.

    Raises:
        ValueError: If there are patches, and h and w are not known or smaller
            than the largest one.

    Reference: Zhang et al., Real-Time User-Guided Image Colorization with
    Learned Deep Priors, SIGGRAPH 2017, 3.3, and its training code.
    """
    if settings.max_patches == 0:
        return tf.zeros_like(ab), tf.zeros_like(ab[..., :1])
    height, width = ab.shape[1:3]
    side = settings.largest_patch
    if height is None or width is None or min(height, width) < side:
        raise ValueError(
            "`ab` must have the shape (batch, height, width, 2) with known "
            f"sides of at least `largest_patch`={side}. Received: "
            f"shape={tuple(ab.shape)}. Crop larger, or lower `largest_patch`."
        )

    corners, sizes, is_drawn = _draw_patches(seeds, (height, width), settings)
    pixels, is_inside = _window_pixels(corners, sizes, side, (height, width))
    color = tf.gather_nd(ab, pixels, batch_dims=1)  # (B, K, side^2, 2)
    weight = tf.cast(is_inside, tf.float32)
    color = tf.einsum("bkp,bkpc->bkc", weight, color)
    color /= tf.cast(sizes**2, tf.float32)[..., None]  # (B, K, 2)

    # Number the patches from 1; the largest number at a pixel is on top.
    number = tf.range(1, settings.max_patches + 1)[:, None]  # (K, 1)
    number = tf.where(is_inside & is_drawn[..., None], number, 0)
    top = _scatter_max(number, pixels, (height, width))  # (B, h, w)
    color = tf.pad(color, [[0, 0], [1, 0], [0, 0]])  # number 0: no hint
    ab_hint = tf.gather(color, top, batch_dims=1)
    return ab_hint, tf.cast(top > 0, tf.float32)[..., None]


def _draw_patches(seeds, photo_size, settings):
    """Corners int32 (B, K, 2), sizes int32 (B, K), is_drawn bool (B, K)."""
    count = settings.max_patches
    seeds = tf.bitwise.bitwise_xor(seeds, tf.constant([_STREAM, 0], tf.int64))

    draws = tf.map_fn(
        lambda seed: _uniform((count + 1, 3), seed),
        seeds,
        fn_output_signature=tf.float32,
    )
    # The first row decides the number, each further one a patch.
    is_drawn = tf.range(count) < _num_patches(draws[:, 0, :1], settings)
    draws = draws[:, 1:]  # (B, K, 3)
    choices = settings.largest_patch - settings.smallest_patch + 1
    sizes = tf.cast(tf.floor(draws[..., 0] * choices), tf.int32)
    sizes += settings.smallest_patch

    photo = tf.constant(photo_size, tf.float32)
    last_corner = photo - tf.cast(sizes, tf.float32)[..., None]
    if settings.placement == "uniform":
        corners = tf.floor(draws[..., 1:] * (last_corner + 1.0))
    else:
        # Center ~ N(photo / 2, (photo / 4)^2), as a corner.
        offset = tf.math.ndtri(draws[..., 1:]) * photo / 4
        corners = tf.round(last_corner / 2 + offset)
    corners = tf.clip_by_value(corners, 0.0, last_corner)
    return tf.cast(corners, tf.int32), sizes, is_drawn


def _uniform(shape, seed):
    """Draws random numbers in (0, 1), the same with and without XLA."""
    # TensorFlow and XLA draw the same bits but make other floats of them.
    # The algorithm is named: the automatic choice depends on the device.
    bits = tf.random.stateless_uniform(
        shape,
        seed,
        minval=None,  # pyright: ignore[reportArgumentType]: all of uint32
        maxval=None,
        dtype=tf.uint32,
        alg="philox",
    )
    bits = tf.cast(tf.bitwise.right_shift(bits, 9), tf.float32)  # 23 bits
    return (bits + 0.5) * 2.0**-23


def _num_patches(uniform, settings):
    """Patches of each photo, int32 () or (B, 1), from uniform draws."""
    if settings.num_patches is not None:
        return settings.num_patches
    # P(n patches or more) = (1 - p)^n
    drawn = tf.math.log(uniform) / math.log1p(-settings.stop_probability)
    return tf.cast(tf.floor(drawn), tf.int32)


def _window_pixels(corners, sizes, side, photo_size):
    """Pixels of a window of `side` per patch, and which the patch covers.

    Returns int32 (B, K, side^2, 2) rows and columns within the photo, and
    bool (B, K, side^2).
    """
    steps = tf.stack(tf.meshgrid(tf.range(side), tf.range(side), indexing="ij"))
    steps = tf.reshape(steps, (2, -1))
    steps = tf.transpose(steps)  # (side^2, 2)
    is_inside = tf.reduce_max(steps, axis=-1) < sizes[..., None]
    pixels = corners[..., None, :] + steps
    return tf.minimum(pixels, tf.constant(photo_size) - 1), is_inside


def _scatter_max(numbers, pixels, photo_size):
    """Finds the largest number at each pixel, int32 (B, h, w); else 0."""
    batch = tf.shape(numbers)[0]
    photo = tf.broadcast_to(tf.range(batch)[:, None, None], tf.shape(numbers))
    places = tf.concat([photo[..., None], pixels], axis=-1)
    canvas = tf.zeros((batch, *photo_size), tf.int32)
    return tf.tensor_scatter_nd_max(canvas, places, numbers)
