"""Data sets that are published as arrays: photos of one size, no files.

`ArrayPhotos` is a photo source: arrays stay on disk (memory-mapped) and are
read one photo at a time.
"""

import dataclasses
import os
import pathlib
from collections.abc import Iterable
from collections.abc import Sequence

import numpy as np

from keras_colorize.data.photo_source import PhotoSource

_CIFAR_SIDE = 32
_CIFAR_RECORD = 1 + 3 * _CIFAR_SIDE * _CIFAR_SIDE  # label, then planar RGB


@dataclasses.dataclass(frozen=True, eq=False)
class ArrayPhotos(PhotoSource):
    """Photos in arrays.

    Attributes:
        name: Name for reports.
        planes: Arrays of uint8 (N, h, w) or (N, h, w, C); joined along the
            channels they give 3. Anything with `len` and integer indexing.
        encoding: "srgb" or "lab8", see `PhotoSource`.
        indices: Which photos of the arrays, in order.
        labels: A label for each photo of `indices`; empty if there is none.
    """

    name: str
    planes: tuple
    encoding: str
    indices: tuple[int, ...]
    labels: tuple[str, ...] = ()

    def __len__(self):
        return len(self.indices)

    def image(self, index: int) -> np.ndarray:
        """Gives photo number `index` as uint8 (h, w, 3)."""
        row = self.indices[index]
        planes = [np.atleast_3d(plane[row]) for plane in self.planes]
        return np.concatenate(planes, axis=-1)  # (h, w, 3)

    def item_name(self, index: int) -> str:
        """Names photo number `index` by data set and place in the array."""
        return f"{self.name}[{self.indices[index]}]"

    def select(self, positions: Iterable[int]) -> "ArrayPhotos":
        """Keeps only the photos at these positions, in this order."""
        positions = list(positions)
        labels = [self.labels[i] for i in positions] if self.labels else []
        return dataclasses.replace(
            self,
            indices=tuple(self.indices[i] for i in positions),
            labels=tuple(labels),
        )


class StackedArray:
    """Several arrays that follow one another, as one.

    Args:
        parts: Arrays whose shapes agree after the first axis.
    """

    def __init__(self, parts):
        self.parts = list(parts)
        self._ends = np.cumsum([len(part) for part in self.parts])

    def __len__(self):
        return int(self._ends[-1])

    def __getitem__(self, index):
        part = int(np.searchsorted(self._ends, index, side="right"))
        return self.parts[part][index - int(self._ends[part])]


def open_cifar10(
    name: str, files: Sequence[str | os.PathLike], label_names: Sequence[str]
) -> ArrayPhotos:
    """Opens CIFAR-10 in its binary version.

    The other version is Python pickles, which run whatever code is in them
    when they are opened; it is not supported.

    Args:
        name: Name for reports.
        files: The .bin files: records of a label byte and 3 x 32 x 32
            pixels, planar RGB.
        label_names: Name of each label number.

    Returns:
        `ArrayPhotos` of sRGB photos, 32 x 32.

    Raises:
        ValueError: If a file is not a whole number of records, or a label
            number has no name.
        OSError: If a file cannot be read.
    """
    records = []
    for file in files:
        flat = np.fromfile(file, np.uint8)
        if flat.size == 0 or flat.size % _CIFAR_RECORD:
            raise ValueError(
                f"Expected records of {_CIFAR_RECORD} bytes (CIFAR-10, "
                f"binary version). Received: {str(file)!r} of {flat.size} "
                "bytes. Unpack cifar-10-binary.tar.gz again."
            )
        records.append(flat.reshape(-1, _CIFAR_RECORD))
    table = np.concatenate(records)  # (N, 3073)
    planar = table[:, 1:].reshape(-1, 3, _CIFAR_SIDE, _CIFAR_SIDE)
    images = planar.transpose(0, 2, 3, 1)  # (N, 32, 32, 3)
    if table[:, 0].max() >= len(label_names):
        raise ValueError(
            f"Expected label numbers below {len(label_names)}. Received: "
            f"{table[:, 0].max()}. These are no files of {name!r}."
        )
    labels = tuple(str(label_names[number]) for number in table[:, 0])
    return ArrayPhotos(
        name, (images,), "srgb", tuple(range(len(images))), labels
    )


def open_lab_arrays(
    name: str,
    L_file: str | os.PathLike,
    ab_files: Sequence[str | os.PathLike],
    indices: range | None = None,
) -> ArrayPhotos:
    """Opens photos stored as 8-bit L and ab arrays.

    Args:
        name: Name for reports.
        L_file: .npy file, uint8 (N, h, w), L * 255 / 100.
        ab_files: .npy files, uint8 (n, h, w, 2), a + 128 and b + 128;
            together N photos in the order of `L_file`.
        indices: Which of the N photos; None for all.

    Returns:
        `ArrayPhotos` with encoding "lab8". ab has steps of 1 there: enough
        for bins of 10.

    Raises:
        ValueError: If shapes or types are other than these.
        OSError: If a file cannot be read.
    """
    L = _open_npy(L_file)
    ab_parts = [_open_npy(file) for file in ab_files]
    shapes = [L.shape] + [part.shape for part in ab_parts]
    dtypes = [str(part.dtype) for part in [L, *ab_parts]]
    agree = all(s[1:] == (*L.shape[1:], 2) for s in shapes[1:])
    total = sum(len(part) for part in ab_parts)
    if not agree or len(L) != total or set(dtypes) != {"uint8"}:
        raise ValueError(
            "Expected uint8 arrays L (N, h, w) and ab (n, h, w, 2) that "
            f"together have N photos. Received: shapes={shapes}, "
            f"dtypes={dtypes} of {str(L_file)!r} and its ab files."
        )
    indices = range(total) if indices is None else indices
    planes = (L, StackedArray(ab_parts))
    return ArrayPhotos(name, planes, "lab8", tuple(indices))


def _open_npy(file) -> np.ndarray:
    try:
        return np.load(pathlib.Path(file), mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise ValueError(
            "Expected an array file of NumPy (.npy), without Python "
            f"objects. Received: {str(file)!r} ({error})."
        ) from error
