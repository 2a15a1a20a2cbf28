"""Where the pixels of photo number n come from: files or memory.

A photo source has a length, an `encoding` ("srgb" or "lab8") and
`load(index)`, which gives the uint8 image of one photo inside `tf.data`.
"""

import numpy as np
import tensorflow as tf

from keras_colorize.data import augment
from keras_colorize.data import decode


class FilePhotos:
    """Photos read from their files each time.

    Args:
        paths: Paths of photo files that can be decoded.
    """

    encoding = "srgb"

    def __init__(self, paths):
        self.paths = [str(path) for path in paths]
        self._path_tensor = tf.constant(self.paths, tf.string)

    def __len__(self):
        """Number of photos."""
        return len(self.paths)

    def load(self, index) -> tf.Tensor:
        """Gives photo number `index`, int64 (), as uint8 (H, W, 3)."""
        return decode.read_photo(tf.gather(self._path_tensor, index))


class MemoryPhotos:
    """Photos decoded once and kept in one long uint8 vector.

    Args:
        paths: Paths of photo files that can be decoded.
        storage_short: Photos with a longer shorter side are reduced to this
            many pixels (antialiased); None keeps their own size.
    """

    encoding = "srgb"

    def __init__(self, paths, storage_short=None):
        images = _decode_all(paths, storage_short)
        shapes = np.array([image.shape for image in images], np.int64)
        ends = np.cumsum(shapes.prod(axis=1))
        self._num_photos = len(images)
        self._starts = tf.constant(np.concatenate([[0], ends[:-1]]))
        self._shapes = tf.constant(shapes)
        pixels = np.concatenate([image.reshape(-1) for image in images])
        self.num_bytes = pixels.nbytes
        self._pixels = tf.convert_to_tensor(pixels)

    def __len__(self):
        """Number of photos."""
        return self._num_photos

    def load(self, index) -> tf.Tensor:
        """Gives photo number `index`, int64 (), as uint8 (H, W, 3)."""
        shape = tf.gather(self._shapes, index)
        start = tf.gather(self._starts, index)
        flat = self._pixels[start : start + tf.reduce_prod(shape)]
        image = tf.reshape(flat, shape)  # (H, W, 3)
        return tf.ensure_shape(image, (None, None, 3))


def as_photo_source(photos, config):
    """Makes a photo source of a list of paths.

    Args:
        photos: List of paths, or a photo source, which is returned as it is.
        config: `PipelineConfig`; says whether files are kept in memory.

    Returns:
        A photo source with at least one photo.

    Raises:
        ValueError: If there is no photo.
    """
    if len(photos) == 0:
        raise ValueError(
            "Expected at least one photo. Received: an empty list. Check "
            "the folder, the split, and the report of skipped files."
        )
    if hasattr(photos, "load"):
        return photos
    if config.cache == "memory":
        return MemoryPhotos(photos, config.storage_short)
    return FilePhotos(photos)


def _decode_all(paths, storage_short):
    def load(path):
        image = decode.read_photo(path)
        if storage_short is None:
            return image
        size = tf.shape(image)[:2]
        zoom = augment.zoom_for_short_side(size, storage_short)
        smaller = tf.round(tf.cast(size, tf.float32) * zoom)
        smaller = tf.cast(tf.maximum(smaller, 1.0), tf.int32)
        return tf.cond(
            zoom < 1.0,
            lambda: augment.resize_uint8(image, smaller),
            lambda: image,
        )

    dataset = tf.data.Dataset.from_tensor_slices([str(p) for p in paths])
    dataset = dataset.map(load, num_parallel_calls=tf.data.AUTOTUNE)
    return list(dataset.as_numpy_iterator())
