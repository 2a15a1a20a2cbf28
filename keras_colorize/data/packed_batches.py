"""Packed photos to batches of (L, truth), without TensorFlow.

The same stream as that of `data.pipeline` in another way: crops are cut by
NumPy and OpenCV in a few threads, the conversion to Lab is compiled by the
Keras backend that runs. Here, too, a batch is a pure function of the seed and
its number: sample g belongs to epoch g // N, whose permutation says which
photo it is, and its augmentation is drawn from (seed, g). The draws are not
those of `data.pipeline`: a run stays with the way it was begun with.
"""

import collections
import concurrent.futures
import functools
import itertools
import math
import os
from collections.abc import Iterator

import cv2
import keras
import numpy as np
from keras import ops

from keras_colorize.data.compiled import compile_for_backend
from keras_colorize.data.degradation import degraded_gray_of
from keras_colorize.data.packed import PackedPhotos
from keras_colorize.data.paper import with_paper
from keras_colorize.data.pipeline_config import PipelineConfig
from keras_colorize.data.targets import images_to_targets

# Keep the draws of the order and of the augmentation apart.
_ORDER_STREAM = 0x6F72646572
_CROP_STREAM = 0x63726F70
_MAX_WORKERS = 16


def _num_workers():
    return min(os.cpu_count() or 1, _MAX_WORKERS)


def num_ahead() -> int:
    """Returns how many batches `PackedBatches.stream` prepares ahead."""
    return 2 * _num_workers()


def packs(config: PipelineConfig) -> bool:
    """Whether `PackedBatches` can make the batches: it draws no hints."""
    return config.hints is None or config.hints.max_patches == 0


class PackedBatches(keras.utils.PyDataset):
    """Batches of crops by number; a pure function of it.

    Args:
        photos: The `PackedPhotos`.
        config: The `PipelineConfig`.
        training: True for the endless stream of shuffled, augmented (and
            degraded) crops; False for one pass of central crops in order,
            the last batch as small as it comes.
        shard: (index, count). This process' number and how many there are:
            `config.batch_size` is that of one, and together they see each
            sample once.

    Raises:
        ValueError: If there is no photo, or `config` asks for hints
            (settings of none are fine).
    """

    def __init__(
        self,
        photos: PackedPhotos,
        config: PipelineConfig,
        training: bool,
        shard: tuple[int, int] = (0, 1),
    ):
        super().__init__()
        if len(photos) == 0:
            raise ValueError(
                "Expected at least one photo. Received: no packed photo of "
                "this split."
            )
        if not packs(config):
            raise ValueError(
                "Color hints are simulated by `data.pipeline` alone. "
                f"Received: hints={config.hints}. Use it, under TensorFlow."
            )
        self.photos = photos
        self.config = config
        self.training = training
        self._shard_index, self._num_shards = shard
        self._convert = _conversion(
            config.output_stride,
            config.output_kind,
            config.average_truth,
            takes_hints=config.hints is not None,
        )

    @property
    def num_batches(self) -> int | None:
        """Number of batches of one pass; None for the endless stream."""
        if self.training:
            return None
        size = self.config.batch_size * self._num_shards
        return math.ceil(len(self.photos) / size)

    def __getitem__(self, step: int):
        """Gives batch number `step`: tensors (L, truth).

        L is float32 (B, h, w, 1), CIE L* in [0, 100], or for a network that
        takes hints the dict of `Colorizer.network_inputs` without any; the
        truth is that of `images_to_targets`.

        Raises:
            IndexError: If a single pass has no such batch.
        """
        return self._convert(*self.pixels(step))

    def __iter__(self):
        return self.stream()

    def pixels(self, step: int) -> tuple[np.ndarray, ...]:
        """Gives the 8-bit pixels of batch number `step`.

        Returns:
            uint8 (B, h, w, 3), sRGB; with `config.degradation` also
            uint8 (B, h, w, 1), the gray that the network sees.
        """
        size = self.config.batch_size * self._num_shards
        first = step * size
        stop = first + size
        if not self.training:
            stop = min(stop, len(self.photos))
        indices = range(first + self._shard_index, stop, self._num_shards)
        if self.training:
            crops = [self._training_crop(index) for index in indices]
        else:
            crops = [self._central_crop(index) for index in indices]
        if not crops:
            raise IndexError(f"There is no batch number {step}.")
        if not (self.training and self.config.degradation):
            return (np.stack(crops),)
        grays = [
            degraded_gray_of(
                crop, self.config.seed, index, self.config.degradation
            )
            for crop, index in zip(crops, indices, strict=True)
        ]
        return np.stack(crops), np.stack(grays)

    def stream(self, start_step: int = 0) -> Iterator:
        """Gives the batches in order, prepared ahead by a few threads.

        Args:
            start_step: Batches to skip, at no cost.

        Yields:
            What `self[start_step]`, `self[start_step + 1]`, … are.
        """
        stop = self.num_batches
        steps = itertools.count(start_step)
        if stop is not None:
            steps = iter(range(start_step, stop))
        pool = concurrent.futures.ThreadPoolExecutor(_num_workers())
        try:
            waiting = collections.deque(
                pool.submit(self.pixels, step)
                for step in itertools.islice(steps, num_ahead())
            )
            while waiting:
                arrays = waiting.popleft().result()
                for step in itertools.islice(steps, 1):
                    waiting.append(pool.submit(self.pixels, step))
                yield self._convert(*arrays)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _training_crop(self, index):
        config = self.config
        image = self.photos.image(
            shuffled_position(index, len(self.photos), config.seed)
        )
        rng = np.random.default_rng((_CROP_STREAM, config.seed % 2**63, index))
        draws = rng.random(4)
        scale = config.min_scale * math.exp(
            draws[0] * math.log(config.max_scale / config.min_scale)
        )
        crop = cut_crop(
            image, config.crop_size, config.resize_short, scale, draws[1:3]
        )
        if config.flip and draws[3] < 0.5:
            crop = crop[:, ::-1]
        return with_paper(crop, config.seed, index, config.paper)

    def _central_crop(self, index):
        return cut_crop(
            self.photos.image(index),
            self.config.crop_size,
            self.config.resize_short,
        )


def cut_crop(
    image: np.ndarray,
    crop_size,
    resize_short: int | None,
    scale: float = 1.0,
    offset=(0.5, 0.5),
) -> np.ndarray:
    """Cuts a window out of a photo and resizes it to the crop.

    The window is that of `augment.crop_window`; the pixels differ a little
    from its, because OpenCV resizes in another way.

    Args:
        image: uint8 (H, W, 3).
        crop_size: Height and width of the result.
        resize_short: Length to which the shorter side is thought to be
            resized first; None keeps it.
        scale: Extra zoom, above 0.
        offset: Vertical and horizontal place, each in [0, 1).

    Returns:
        uint8 (height, width, 3).
    """
    photo = np.array(image.shape[:2])
    crop = np.array(crop_size)
    zoom = scale * (resize_short / photo.min() if resize_short else 1.0)
    zoom = max(zoom, (crop / photo).max())
    window = np.clip(np.rint(crop / zoom), 1, photo)
    corner = np.floor(np.asarray(offset) * (photo - window + 1))
    top, left = np.minimum(corner, photo - window).astype(int)
    height, width = window.astype(int)
    cut = image[top : top + height, left : left + width]
    if (height, width) == tuple(crop_size):
        return cut
    is_smaller = (crop < window).any()
    method = cv2.INTER_AREA if is_smaller else cv2.INTER_LINEAR
    return cv2.resize(cut, crop_size[::-1], interpolation=method)


def shuffled_position(index: int, num_photos: int, seed: int) -> int:
    """Maps a global sample index to a photo; each photo once an epoch."""
    epoch, place = divmod(index, num_photos)
    return int(_epoch_order(epoch, num_photos, seed)[place])


@functools.lru_cache(maxsize=4)
def _epoch_order(epoch, num_photos, seed):
    rng = np.random.default_rng((_ORDER_STREAM, seed % 2**63, epoch))
    return rng.permutation(num_photos)


@functools.cache
def _conversion(output_stride, output_kind, average, takes_hints):
    def convert(images, gray=None):
        L, truth = images_to_targets(
            images, output_stride, "srgb", output_kind, average, gray
        )
        if not takes_hints:
            return L, truth
        nothing = ops.zeros_like(L)
        ab_hint = ops.concatenate([nothing, nothing], axis=-1)
        return {"L": L, "ab_hint": ab_hint, "hint_mask": nothing}, truth

    return compile_for_backend(convert)
