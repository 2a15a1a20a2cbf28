"""Photos packed as arrays: one folder, read without decoding a file.

A packed folder holds three files, written by `PackedWriter`:

| file | content |
| --- | --- |
| `pixels.npy` | uint8 (P,): sRGB pixels of all photos, one after another |
| `shapes.npy` | int32 (N, 2): height and width of each photo |
| `index.json` | format version, P, and name, split and label of each photo |

Reading needs NumPy alone: pixels stay on the disk (memory-mapped) until a
sample is cut out of them.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np

from keras_colorize.data.photo_list import check_split
from keras_colorize.data.photo_source import PhotoSource
from keras_colorize.files import folder_written_beside
from keras_colorize.files import write_json

FORMAT_VERSION = 1
INDEX_FILE = "index.json"
_PIXELS_FILE = "pixels.npy"
_SHAPES_FILE = "shapes.npy"


@dataclasses.dataclass(frozen=True, eq=False)
class PackedPhotos(PhotoSource):
    """Photos of a packed folder.

    Attributes:
        pixels: uint8 (P,), memory-mapped.
        starts: int64 (N,). Where the pixels of each photo start.
        shapes: int32 (N, 2). Height and width of each photo.
        names: Name of each photo.
        splits: "train", "val" or "test" for each photo.
        labels: Label of each photo, "" for none.
    """

    pixels: np.ndarray
    starts: np.ndarray
    shapes: np.ndarray
    names: tuple[str, ...]
    splits: tuple[str, ...]
    labels: tuple[str, ...]

    encoding = "srgb"

    def __len__(self):
        return len(self.names)

    def image(self, index: int) -> np.ndarray:
        """Gives photo number `index` as uint8 (H, W, 3), not copied."""
        height, width = map(int, self.shapes[index])
        start = int(self.starts[index])
        flat = self.pixels[start : start + height * width * 3]
        return flat.reshape(height, width, 3)

    def item_name(self, index: int) -> str:
        """Names photo number `index`; otherwise than its file is named."""
        return f"packed:{self.names[index]}"

    def select(self, positions: Iterable[int]) -> "PackedPhotos":
        """Keeps only the photos at these positions, in this order."""
        positions = list(positions)
        return dataclasses.replace(
            self,
            starts=self.starts[positions],
            shapes=self.shapes[positions],
            names=tuple(self.names[i] for i in positions),
            splits=tuple(self.splits[i] for i in positions),
            labels=tuple(self.labels[i] for i in positions),
        )

    def of_split(self, split: str) -> "PackedPhotos":
        """Keeps only the photos of one split."""
        return self.select(i for i, s in enumerate(self.splits) if s == split)


def is_packed(folder: str | os.PathLike) -> bool:
    """Says whether a folder is, or should be, a packed one."""
    return (pathlib.Path(folder) / INDEX_FILE).is_file()


def read_packed(folder: str | os.PathLike) -> PackedPhotos:
    """Opens a packed folder.

    Args:
        folder: What `PackedWriter` wrote.

    Returns:
        All its photos.

    Raises:
        ValueError: If a file is missing, damaged or cut short, or the files
            do not belong together.
    """
    folder = pathlib.Path(folder)
    try:
        return _open(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            "Expected a folder that `python -m training.pack` wrote. "
            f"Received: {str(folder)!r} ({type(error).__name__}: {error}). "
            "Pack the photos again."
        ) from error


def _open(folder) -> PackedPhotos:
    index = json.loads((folder / INDEX_FILE).read_text(encoding="utf-8"))
    if index["version"] != FORMAT_VERSION:
        raise ValueError(
            f"format version {index['version']}, this is {FORMAT_VERSION}"
        )
    shapes = np.load(folder / _SHAPES_FILE, allow_pickle=False)
    pixels = np.load(folder / _PIXELS_FILE, mmap_mode="r", allow_pickle=False)
    columns = [tuple(index[key]) for key in ("names", "splits", "labels")]
    sizes = shapes.astype(np.int64).prod(axis=1) * 3
    lengths = {len(shapes), *map(len, columns)}
    if shapes.ndim != 2 or shapes.shape[1] != 2 or len(lengths) > 1:
        raise ValueError(f"unequal numbers of photos: {sorted(lengths)}")
    if pixels.dtype != np.uint8 or pixels.shape != (sizes.sum(),):
        raise ValueError(
            f"{sizes.sum()} bytes of pixels are missing or too many: "
            f"{pixels.dtype} {pixels.shape}"
        )
    # As a plain array: slices of a memmap are ten times as slow to make.
    pixels = np.asarray(pixels)
    return PackedPhotos(pixels, np.cumsum(sizes) - sizes, shapes, *columns)


class PackedWriter:
    """Writes a packed folder photo by photo.

    A context manager: the folder gets its name when the `with` ends without
    an error, and is complete then.

    Args:
        folder: The folder to make.

    Raises:
        ValueError: If there is something under that name.
    """

    def __init__(self, folder: str | os.PathLike):
        self.folder = pathlib.Path(folder)
        if self.folder.exists():
            raise ValueError(
                "Expected a new folder. Received: "
                f"{str(self.folder)!r}, which exists. Delete it, or choose "
                "another name."
            )
        self._rows = {"names": [], "splits": [], "labels": []}
        self._shapes = []
        self._num_bytes = 0

    def __enter__(self):
        self._writing = self._write_folder()
        return self._writing.__enter__()

    def __exit__(self, kind, error, traceback):
        return self._writing.__exit__(kind, error, traceback)

    def add(
        self, image: np.ndarray, name: str, split: str, label: str = ""
    ) -> None:
        """Adds a photo.

        Args:
            image: uint8 (H, W, 3), sRGB.
            name: Name of the photo.
            split: "train", "val" or "test".
            label: "" for none.

        Raises:
            ValueError: If `image` or `split` is something else; nothing is
                added then.
        """
        check_split(split)
        is_photo = image.ndim == 3 and image.shape[2] == 3 and image.size
        if image.dtype != np.uint8 or not is_photo:
            raise ValueError(
                "`image` must be uint8 (height, width, 3). Received: "
                f"{image.dtype} {image.shape} for {name!r}. Convert it."
            )
        self._file.write(np.ascontiguousarray(image).data)
        self._num_bytes += image.nbytes
        self._shapes.append(image.shape[:2])
        row = (name, split, label)
        for column, value in zip(self._rows.values(), row, strict=True):
            column.append(value)

    @contextlib.contextmanager
    def _write_folder(self) -> Iterator["PackedWriter"]:
        with folder_written_beside(self.folder) as part:
            with open(part / _PIXELS_FILE, "wb") as self._file:
                self._write_header()
                yield self
                self._file.seek(0)
                self._write_header()
            shapes = np.array(self._shapes, np.int32).reshape(-1, 2)
            np.save(part / _SHAPES_FILE, shapes)
            index = {"version": FORMAT_VERSION, **self._rows}
            write_json(part / INDEX_FILE, index, indent=0)

    def _write_header(self):
        # NumPy pads a header so that the first axis can grow in place.
        np.lib.format.write_array_header_1_0(
            self._file,
            {
                "descr": "|u1",
                "fortran_order": False,
                "shape": (self._num_bytes,),
            },
        )
