"""Photos to batches for `model.fit`, by the way that suits the photos.

Photos in files go through `tf.data`; packed photos need no TensorFlow, so
that they train under any Keras backend.
"""

from keras_colorize.data.packed import PackedPhotos
from keras_colorize.data.packed_batches import PackedBatches
from keras_colorize.data.pipeline_config import PipelineConfig


def open_source(photos, config: PipelineConfig):
    """Prepares photos that several streams read: decodes them once or never.

    Args:
        photos: paths, `ArrayPhotos` or `PackedPhotos`.
        config: says whether files are kept in memory.

    Returns:
        What `training_batches` takes in place of the photos.
    """
    if isinstance(photos, PackedPhotos):
        return photos
    from keras_colorize.data.photo_source import as_photo_source

    return as_photo_source(photos, config)


def training_batches(photos, config: PipelineConfig, start_step: int = 0):
    """Returns the endless stream of training batches, from a step on.

    Args:
        photos: paths or a photo source.
        config: how photos become batches.
        start_step: batches to skip, at no cost.

    Returns:
        A `tf.data.Dataset`, or a generator for packed photos.
    """
    # Only `tf.data` simulates color hints.
    if isinstance(photos, PackedPhotos) and config.hints is None:
        return PackedBatches(photos, config, training=True).stream(start_step)
    from keras_colorize.data.pipeline import training_dataset

    return training_dataset(photos, config, start_step)


def evaluation_batches(photos, config: PipelineConfig):
    """Returns one pass of central crops, which can be read many times.

    Args:
        photos: paths or a photo source.
        config: how photos become batches.

    Returns:
        A `tf.data.Dataset`, or `PackedBatches`.
    """
    if isinstance(photos, PackedPhotos) and config.hints is None:
        return PackedBatches(photos, config, training=False)
    from keras_colorize.data.pipeline import evaluation_dataset

    return evaluation_dataset(photos, config)
