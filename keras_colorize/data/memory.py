"""Photos decoded once, and how a pipeline gets its photo source.

Imports no TensorFlow until photos are decoded.
"""

import copy
import os
import typing
import warnings
from collections.abc import Iterable

import numpy as np
from PIL import Image

from keras_colorize.data.photo_list import PhotoList
from keras_colorize.data.photo_list import list_local_folder
from keras_colorize.data.photo_source import Photos
from keras_colorize.data.photo_source import PhotoSource
from keras_colorize.data.pipeline_config import PipelineConfig

if typing.TYPE_CHECKING:
    import tensorflow as tf


class MemoryPhotos(PhotoSource):
    """Photos decoded once and kept in one long uint8 vector.

    Args:
        files: Photo files that can be decoded.
        storage_short: Photos with a longer shorter side are reduced to this
            many pixels (antialiased); None keeps their own size.
    """

    encoding = "srgb"

    def __init__(self, files: PhotoList, storage_short: int | None = None):
        import tensorflow as tf

        images = _decode_all(files.paths, storage_short)
        self._files = files
        self.labels = files.labels
        self._shapes = np.array([image.shape for image in images], np.int64)
        ends = np.cumsum(self._shapes.prod(axis=1))
        self._starts = np.concatenate([[0], ends[:-1]])
        pixels = np.concatenate([image.reshape(-1) for image in images])
        self.num_bytes = pixels.nbytes
        self._pixels = tf.convert_to_tensor(pixels)

    def __len__(self):
        return len(self._files)

    def image(self, index: int) -> np.ndarray:
        """Gives photo number `index` as uint8 (H, W, 3)."""
        return self.load(index).numpy()

    def item_name(self, index: int) -> str:
        """Names photo number `index` as its file."""
        return self._files.item_name(index)

    def select(self, positions: Iterable[int]) -> "MemoryPhotos":
        """Keeps only the photos at these positions, in this order."""
        positions = list(positions)
        selected = copy.copy(self)
        selected._files = self._files.select(positions)
        selected.labels = selected._files.labels
        selected._shapes = self._shapes[positions]
        selected._starts = self._starts[positions]
        return selected

    def load(self, index) -> "tf.Tensor":
        """Gives photo number `index`, int64 (), as uint8 (H, W, 3)."""
        import tensorflow as tf

        shape = tf.gather(tf.constant(self._shapes), index)
        start = tf.gather(tf.constant(self._starts), index)
        flat = self._pixels[start : start + tf.reduce_prod(shape)]
        image = tf.reshape(flat, shape)  # (H, W, 3)
        return tf.ensure_shape(image, (None, None, 3))


def as_photo_source(
    photos: Photos, config: PipelineConfig, split: str = "train"
) -> PhotoSource:
    """Makes a photo source of paths; decodes files once where that is asked.

    Warns of files that are smaller than a crop, which enlarges them.

    Args:
        photos: A photo source, the paths of photo files, or a folder.
        config: Says whether files are kept in memory.
        split: Of a folder, see `list_local_folder`.

    Returns:
        A photo source with at least one photo.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If there is no photo.
    """
    if isinstance(photos, str | os.PathLike):
        if not os.path.isdir(photos):
            raise FileNotFoundError(
                f"There is no folder of photos {os.fspath(photos)!r}. Give "
                "one, or a list of paths."
            )
        photos = list(list_local_folder(photos, split))
    if len(photos) == 0:
        raise ValueError(
            "Expected at least one photo. Received: an empty list. Check "
            "the folder, the split, and the report of skipped files."
        )
    if isinstance(photos, list | tuple):
        photos = PhotoList.of_paths(photos)
        _tell_small(photos, config.crop_size)
    if config.cache == "memory" and isinstance(photos, PhotoList):
        return MemoryPhotos(photos, config.storage_short)
    return photos


def _tell_small(photos, crop_size):
    height, width = crop_size
    small = [
        path
        for path in photos
        if (size := _size_of(path)) and (size[1] < height or size[0] < width)
    ]
    if small:
        warnings.warn(
            f"{len(small)} of {len(photos)} photos are smaller than the crop "
            f"of {height} x {width} pixels and are enlarged, which teaches "
            f"blur: {small[0]}, … Choose a smaller `crop_size`, or leave them "
            "out.",
            stacklevel=4,
        )


def _size_of(path):
    """Returns width and height, from the start of the file; None if broken."""
    try:
        with Image.open(path) as image:
            return image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None  # told when it is decoded


def _decode_all(paths, storage_short):
    import tensorflow as tf

    from keras_colorize.data import augment
    from keras_colorize.data import decode

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

    # As bytes: names of files need not be UTF-8.
    paths = [os.fsencode(path) for path in paths]
    dataset = tf.data.Dataset.from_tensor_slices(paths)
    dataset = dataset.map(load, num_parallel_calls=tf.data.AUTOTUNE)
    return list(dataset.as_numpy_iterator())
