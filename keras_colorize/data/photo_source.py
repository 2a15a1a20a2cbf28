"""What a set of photos is for the pipelines, wherever their pixels are.

| class | photos |
| --- | --- |
| `photo_list.PhotoList` | in files, decoded each time |
| `memory.MemoryPhotos` | in files, decoded once and kept |
| `arrays.ArrayPhotos` | in data sets that are published as arrays |
| `packed.PackedPhotos` | in a folder that `training.pack` wrote |

`memory.as_photo_source` makes one of what a pipeline is given. Imports no
TensorFlow until a photo is loaded by it.
"""

import os
import typing
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Protocol
from typing import Self

import numpy as np

if typing.TYPE_CHECKING:
    import tensorflow as tf


class PhotoSource(Protocol):
    """Photos by number, from 0.

    Attributes:
        encoding: "srgb", or "lab8": L * 255 / 100, a + 128, b + 128, as
            OpenCV stores 8-bit Lab.
        labels: A label for each photo, "" for none; empty if there are none.
    """

    encoding: str
    labels: Sequence[str]

    def __len__(self) -> int:
        """Counts the photos."""
        ...

    def image(self, index: int) -> np.ndarray:
        """Gives photo number `index` as uint8 (H, W, 3)."""
        ...

    def item_name(self, index: int) -> str:
        """Names photo number `index` alike on every machine."""
        ...

    def select(self, positions: Iterable[int]) -> Self:
        """Keeps only the photos at these positions, in this order."""
        ...

    def load(self, index) -> "tf.Tensor":
        """Gives photo number `index`, int64 (), inside `tf.data`.

        Returns:
            uint8 tensor (H, W, 3), encoded as `encoding` says.
        """
        import tensorflow as tf

        image = tf.numpy_function(
            lambda i: self.image(int(i)), [index], tf.uint8, stateful=False
        )
        return tf.ensure_shape(image, (None, None, 3))


# What the pipelines take: a source, paths of files, or a folder.
Photos = PhotoSource | list[str] | tuple[str, ...] | str | os.PathLike[str]
