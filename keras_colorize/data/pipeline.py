"""Photos to batches of (L, ab): the `tf.data` pipelines.

The training stream is a pure function of the seed and the global sample
index: no state, no shuffle buffer. Sample g belongs to epoch g // N, where
a keyed permutation of that epoch says which of the N photos it is, and the
augmentation is drawn from (seed, g). So a run can start at any step at once
and continue an interrupted run exactly, a stream can be split over workers
by arithmetic, each photo occurs exactly once an epoch, and batches run on
over the end of an epoch: nothing is dropped.

    photo -> window of it -> crop (uint8) -> flip -> batch -> L, ab[::4, ::4]
"""

import dataclasses
import functools
import math

import tensorflow as tf

from keras_colorize.data import augment
from keras_colorize.data.lab import images_to_targets
from keras_colorize.data.sources import as_photo_source


@dataclasses.dataclass(frozen=True)
class PipelineConfig:
    """How photos become batches.

    Attributes:
        crop_size: Height and width of a sample in pixels, or one int for
            both. Multiples of `ab_stride`.
        batch_size: Samples per batch (of one shard).
        resize_short: Length in pixels to which the shorter side of each
            photo is resized before the crop; None keeps its own size.
            Photos smaller than the crop are always enlarged to cover it.
        min_scale: Smallest extra zoom of the training augmentation.
        max_scale: Largest extra zoom; it is log-uniform between the two.
        flip: Whether training samples are mirrored at random.
        ab_stride: Step at which ab is sampled: 4 is the output stride of
            ECCV16. No averaging, as in its training.
        seed: Seed of shuffling and augmentation.
        cache: "none" decodes a file each time; "memory" decodes all once
            and keeps them as uint8, reduced to the size that is needed.
        num_parallel_calls: Photos prepared at a time; None lets
            TensorFlow choose.
        prefetch: Batches prepared ahead; None lets TensorFlow choose.
    """

    crop_size: tuple[int, int] | int = (256, 256)
    batch_size: int = 32
    resize_short: int | None = None
    min_scale: float = 1.0
    max_scale: float = 1.0
    flip: bool = True
    ab_stride: int = 4
    seed: int = 0
    cache: str = "none"
    num_parallel_calls: int | None = None
    prefetch: int | None = None

    def __post_init__(self):
        """Makes `crop_size` a pair and checks every value."""
        size = self.crop_size
        size = (size, size) if isinstance(size, int) else tuple(size)
        object.__setattr__(self, "crop_size", size)
        if len(size) != 2 or min(size) < 1 or self.ab_stride < 1:
            raise ValueError(
                "`crop_size` must be (height, width) in pixels and "
                "`ab_stride` at least 1. Received: "
                f"crop_size={self.crop_size}, ab_stride={self.ab_stride}."
            )
        if any(side % self.ab_stride for side in size):
            raise ValueError(
                f"`crop_size` must be multiples of ab_stride="
                f"{self.ab_stride}. Received: crop_size={self.crop_size}."
            )
        if self.batch_size < 1:
            raise ValueError(
                "`batch_size` must be at least 1. Received: "
                f"batch_size={self.batch_size}."
            )
        if not 0 < self.min_scale <= self.max_scale:
            raise ValueError(
                "Expected 0 < `min_scale` <= `max_scale`. Received: "
                f"min_scale={self.min_scale}, max_scale={self.max_scale}."
            )
        if self.resize_short is not None and self.resize_short < 1:
            raise ValueError(
                "`resize_short` must be at least 1 pixel, or None to keep "
                f"photos as they are. Received: {self.resize_short}."
            )
        if self.cache not in ("none", "memory"):
            raise ValueError(
                '`cache` must be "none" or "memory". Received: '
                f"cache={self.cache!r}."
            )

    @property
    def storage_short(self) -> int | None:
        """Shorter side of cached photos in pixels; None for their own."""
        if self.resize_short is None:
            return None
        return math.ceil(self.resize_short * max(self.max_scale, 1.0))


def training_dataset(
    photos,
    config: PipelineConfig,
    start_step: int = 0,
    num_steps: int | None = None,
    shard: tuple[int, int] = (0, 1),
) -> tf.data.Dataset:
    """Builds the shuffled, augmented stream of training batches.

    Args:
        photos: List of photo paths, or a photo source
            (`keras_colorize.data.sources`).
        config: The `PipelineConfig`.
        start_step: Batches to skip, at no cost: the stream is the same as
            that of a run from step 0.
        num_steps: Batches to deliver; None for an endless stream.
        shard: (index, count). This worker's number and how many workers
            there are: together they see each sample once.

    Returns:
        Dataset of (L, ab): L float32 (B, h, w, 1), CIE L* in [0, 100]; ab
        float32 (B, h / ab_stride, w / ab_stride, 2), CIE a* and b*.

    Raises:
        ValueError: If there is no photo, or `start_step`, `num_steps` or
            `shard` is out of range.
    """
    _check_stream(start_step, num_steps, shard)
    source = as_photo_source(photos, config)
    num_photos = len(source)
    shard_index, num_shards = shard
    start = start_step * config.batch_size
    if num_steps is None:
        stop = tf.int64.max
    else:
        stop = start + num_steps * config.batch_size

    def load_sample(local_index):
        index = local_index * num_shards + shard_index
        position = shuffled_position(index, num_photos, config.seed)
        image = source.load(position)
        return _augmented_crop(image, index, config)

    dataset = tf.data.Dataset.range(start, stop)
    return _finish(dataset, load_sample, source.encoding, config)


def evaluation_dataset(photos, config: PipelineConfig) -> tf.data.Dataset:
    """Builds the finite stream of central crops, in the order given.

    Args:
        photos: List of photo paths, or a photo source.
        config: The `PipelineConfig`; `seed`, `flip` and the scales play no
            part. `resize_short` equal to the shorter crop side gives the
            largest central crop.

    Returns:
        Dataset of (L, ab) as of `training_dataset`, one pass, the last
        batch as small as it comes.

    Raises:
        ValueError: If there is no photo.
    """
    source = as_photo_source(photos, config)

    def load_sample(index):
        return _central_crop(source.load(index), config)

    dataset = tf.data.Dataset.range(len(source))
    return _finish(dataset, load_sample, source.encoding, config)


def shuffled_position(index, num_photos: int, seed: int) -> tf.Tensor:
    """Maps a global sample index to a photo; each photo once an epoch.

    Args:
        index: int64 (). Global sample index, from 0.
        num_photos: Number of photos, at least 1.
        seed: Seed of the run.

    Returns:
        int64 () in [0, `num_photos`).
    """
    index = tf.cast(index, tf.int64)
    epoch = index // num_photos
    key = tf.stack([tf.cast(seed, tf.int64), epoch])
    return tf.random.experimental.index_shuffle(
        index % num_photos, seed=key, max_index=num_photos - 1
    )


def _augmented_crop(image, index, config):
    size = tf.shape(image)[:2]
    scale, offset, mirrored = augment.draw_augmentation(
        config.seed, index, config.min_scale, config.max_scale, config.flip
    )
    zoom = augment.zoom_for_short_side(size, config.resize_short) * scale
    corner, window = augment.crop_window(size, config.crop_size, zoom, offset)
    crop = augment.crop_and_resize(image, corner, window, config.crop_size)
    # Not `crop[:, ::-1]`: a slice with step -1 takes forty times as long.
    return tf.cond(mirrored, lambda: tf.reverse(crop, [1]), lambda: crop)


def _central_crop(image, config):
    size = tf.shape(image)[:2]
    zoom = augment.zoom_for_short_side(size, config.resize_short)
    corner, window = augment.crop_window(
        size, config.crop_size, zoom, tf.constant([0.5, 0.5])
    )
    return augment.crop_and_resize(image, corner, window, config.crop_size)


def _finish(dataset, load_sample, encoding, config):
    parallel = config.num_parallel_calls or tf.data.AUTOTUNE
    dataset = dataset.map(load_sample, num_parallel_calls=parallel)
    dataset = dataset.batch(config.batch_size)

    convert = _compiled_conversion(config.ab_stride, encoding)
    dataset = dataset.map(convert, num_parallel_calls=parallel)
    return dataset.prefetch(config.prefetch or tf.data.AUTOTUNE)


@functools.cache
def _compiled_conversion(ab_stride, encoding):
    # One conversion per batch, fused by XLA: 6 times faster than op by op.
    # Cached, so that a second dataset does not compile it again.
    @tf.function(jit_compile=True, reduce_retracing=True)
    def convert(images):
        return images_to_targets(images, ab_stride, encoding)

    return convert


def _check_stream(start_step, num_steps, shard):
    if start_step < 0 or (num_steps is not None and num_steps < 1):
        raise ValueError(
            "`start_step` must be at least 0 and `num_steps` at least 1 (or "
            f"None). Received: start_step={start_step}, "
            f"num_steps={num_steps}."
        )
    index, count = shard
    if count < 1 or not 0 <= index < count:
        raise ValueError(
            "`shard` must be (index, count) with 0 <= index < count. "
            f"Received: shard={shard}."
        )
