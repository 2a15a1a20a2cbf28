"""Photos to batches of (L, truth): the `tf.data` pipelines.

The training stream is a pure function of the seed and the global sample
index: no state, no shuffle buffer. Sample g belongs to epoch g // N, where
a keyed permutation of that epoch says which of the N photos it is, and the
augmentation is drawn from (seed, g). So a run can start at any step at once
and continue an interrupted run exactly, a stream can be split over workers
by arithmetic, each photo occurs exactly once an epoch, and batches run on
over the end of an epoch: nothing is dropped.

    photo -> window of it -> crop (uint8) -> flip -> batch -> L, ab[::4, ::4]

The gray of a sample may be degraded before L is taken from it.

What the truth is follows from the kind of output of the network; a network
that takes color hints gets them simulated from the truth.
"""

import functools

import keras
import tensorflow as tf

from keras_colorize.data import augment
from keras_colorize.data.compiled import check_on_tensorflow
from keras_colorize.data.degradation import degraded_gray_of
from keras_colorize.data.hints import simulate_hints
from keras_colorize.data.memory import as_photo_source
from keras_colorize.data.paper import with_paper
from keras_colorize.data.photo_source import Photos
from keras_colorize.data.pipeline_config import PipelineConfig
from keras_colorize.data.targets import images_to_targets
from keras_colorize.data.targets import sample_truth


def training_dataset(
    photos: Photos,
    config: PipelineConfig | None = None,
    start_step: int = 0,
    num_steps: int | None = None,
    shard: tuple[int, int] = (0, 1),
) -> tf.data.Dataset:
    """Builds the shuffled, augmented stream of training batches.

    Args:
        photos: A photo source, the paths of photo files, or a folder, of
            which those are taken that are for training, see
            `photo_list.list_local_folder`.
        config: The `PipelineConfig`; None for its defaults.
        start_step: Batches to skip, at no cost: the stream is the same as
            that of a run from step 0.
        num_steps: Batches to deliver; None for an endless stream.
        shard: (index, count). This worker's number and how many workers
            there are: together they see each sample once.

    Returns:
        Dataset of (L, truth): L float32 (B, h, w, 1), CIE L* in [0, 100];
        the truth by kind of output as `images_to_targets` gives it, for "ab"
        float32 (B, h / output_stride, w / output_stride, 2), CIE a* and b*.
        With `config.hints`, the first is a dict of "L", "ab_hint" (B, h, w,
        2) and "hint_mask" (B, h, w, 1).

    Raises:
        ValueError: If there is no photo, `start_step`, `num_steps` or
            `shard` is out of range, 8-bit Lab should be degraded, or Keras
            runs on another backend than TensorFlow.
    """
    check_on_tensorflow("Datasets of `tf.data`")
    config = config or PipelineConfig()
    _check_stream(start_step, num_steps, shard)
    source = as_photo_source(photos, config)
    if (config.degradation or config.paper) and source.encoding != "srgb":
        raise ValueError(
            "`degradation` and `paper` need sRGB photos. Received: photos "
            f"encoded as {source.encoding!r}. Leave both out."
        )
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
        crop = _augmented_crop(source.load(position), index, config)
        if config.paper:
            crop = _with_paper(crop, index, config)
        if config.degradation:
            return crop, index, _degraded_gray(crop, index, config)
        return crop, index

    dataset = tf.data.Dataset.range(start, stop)
    return _finish(dataset, load_sample, source.encoding, config)


def evaluation_dataset(
    photos: Photos, config: PipelineConfig
) -> tf.data.Dataset:
    """Builds the finite stream of central crops, in the order given.

    Args:
        photos: A photo source, the paths of photo files, or a folder, of
            which those are taken that are for validation.
        config: The `PipelineConfig`; `flip` and the scales play no part,
            `seed` only for hints. `resize_short` equal to the shorter crop
            side gives the largest central crop.

    Returns:
        Dataset of (L, truth) as of `training_dataset`, one pass, the last
        batch as small as it comes.

    Raises:
        ValueError: If there is no photo, or Keras runs on another backend
            than TensorFlow.
    """
    check_on_tensorflow("Datasets of `tf.data`")
    source = as_photo_source(photos, config, split="val")

    def load_sample(index):
        return _central_crop(source.load(index), config), index

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


def _with_paper(crop, index, config):
    def add_paper(crop, index):
        return with_paper(crop, config.seed, int(index), config.paper)

    crop = tf.numpy_function(add_paper, [crop, index], tf.uint8, stateful=False)
    return tf.ensure_shape(crop, (*config.crop_size, 3))


def _degraded_gray(crop, index, config):
    def degrade(crop, index):
        return degraded_gray_of(
            crop, config.seed, int(index), config.degradation
        )

    gray = tf.numpy_function(degrade, [crop, index], tf.uint8, stateful=False)
    return tf.ensure_shape(gray, (*config.crop_size, 1))


def _finish(dataset, load_sample, encoding, config):
    parallel = config.num_parallel_calls or tf.data.AUTOTUNE
    dataset = dataset.map(load_sample, num_parallel_calls=parallel)
    dataset = dataset.batch(config.batch_size)

    convert = _compiled_conversion(
        config.output_stride,
        encoding,
        config.output_kind,
        config.average_truth,
        config.hints,
        config.seed if config.hints else 0,
    )
    dataset = dataset.map(convert, num_parallel_calls=parallel)
    return dataset.prefetch(config.prefetch or tf.data.AUTOTUNE)


@functools.cache
def _compiled_conversion(
    output_stride, encoding, output_kind, average, hints, seed
):
    # One conversion per batch, fused by XLA: 6 times faster than op by op.
    # Cached, so that a second dataset does not compile it again.
    @tf.function(jit_compile=True, reduce_retracing=True)
    def convert(images, indices, gray=None):
        if hints is None:
            return images_to_targets(
                images, output_stride, encoding, output_kind, average, gray
            )
        # Hints come from the color of every pixel.
        L, truth = images_to_targets(
            images, 1, encoding, output_kind, average, gray
        )
        inputs = _with_hints(L, truth, indices, hints, seed)
        return inputs, keras.tree.map_structure(
            lambda x: sample_truth(x, output_stride, average), truth
        )

    return convert


def _with_hints(L, truth, indices, hints, seed):
    """Puts the inputs of a network together that takes color hints."""
    seeds = tf.stack(
        [tf.fill(tf.shape(indices), tf.constant(seed, tf.int64)), indices],
        axis=-1,
    )  # (B, 2)
    ab = truth["ab"] if isinstance(truth, dict) else truth
    ab_hint, hint_mask = simulate_hints(ab, seeds, hints)
    return {"L": L, "ab_hint": ab_hint, "hint_mask": hint_mask}


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
