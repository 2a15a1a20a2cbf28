"""Photos of data sets to the small arrays of a packed folder.

`training.pack` is the command; `packed` has the format.
"""

import collections
import concurrent.futures
import functools
import itertools
from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from PIL import ImageOps

from keras_colorize.data import catalog
from keras_colorize.data import photo_list
from keras_colorize.data import scan
from keras_colorize.data.dataset_spec import DatasetNotFoundError
from keras_colorize.data.packed import PackedWriter
from keras_colorize.data.photo_list import PhotoList

MAX_ASPECT_RATIO = 2
# Correlation of two signatures above which photos count as the same.
DUPLICATE_CORRELATION = 0.97
_SIGNATURE_SIDE = 12
_CHUNK = 256  # photos decoded ahead


class PhotoPacker:
    """Adds data sets to a packed folder and keeps count.

    Args:
        writer: The open `PackedWriter`.
        short_side: Photos with a longer short side are reduced to it.
        exclude: Folders of photos; what looks like one of them stays out.
        tell: Takes a line on each split: how many photos it has.

    Raises:
        ValueError: If a folder of `exclude` has no photo.
    """

    def __init__(
        self,
        writer: PackedWriter,
        short_side: int,
        exclude: Iterable[Path],
        tell: Callable[[str], None],
    ):
        self.writer = writer
        self.short_side = short_side
        self.tell = tell
        self.counts = collections.Counter()
        self.left_out = []
        self._excluded = self._signatures_below(exclude)

    def add_dataset(self, name: str, data_dir: Path | None = None) -> None:
        """Adds the training and validation photos of a data set.

        Args:
            name: Row of datasets.yaml, or a folder.
            data_dir: Folder that holds the data sets.

        Raises:
            ValueError, OSError: If there is no such data set.
        """
        for split in ("train", "val"):
            try:
                photos = catalog.find_photos(name, data_dir, split)
            except (ValueError, DatasetNotFoundError) as error:
                if split == "train":
                    raise
                self.tell(f"No validation photos: {error}")
                continue
            self._add_split(photos, Path(name).name, split)

    def check_not_empty(self) -> None:
        """Raises ValueError if no photo was packed."""
        if not self.counts["packed"]:
            raise ValueError("No usable photo: nothing was packed.")

    def report(self) -> dict:
        """Returns counts, and each photo left out with the reason."""
        return {
            "short_side": self.short_side,
            "counts": dict(self.counts),
            "left_out": self.left_out,
        }

    def _add_split(self, photos, source, split):
        report = scan.scan_photos(photos)
        usable = photos.select(report.positions)
        if isinstance(usable, PhotoList):
            paths = usable.paths
            names = [f"{source}/{_short_name(p, photos)}" for p in paths]
            images = self._load_all(paths)
        else:
            names = report.usable
            images = (_rgb_of(usable, i) for i in range(len(usable)))
        labels = usable.labels or [""] * len(names)
        for photo in report.skipped:
            self._leave_out(photo.path, photo.kind)
        rows = zip(names, labels, images, strict=True)
        for name, label, image in rows:
            self._add(shrink(image, self.short_side), name, split, label)
        self.tell(f"{source}, {split}: {report.summary()}.")

    def _add(self, image, name, split, label):
        if len(self._excluded):
            likeness = self._excluded @ signature(image)
            if likeness.max() > DUPLICATE_CORRELATION:
                self._leave_out(name, "excluded")
                return
        self.writer.add(image, name, split, label)
        self.counts["packed"] += 1

    def _leave_out(self, name, kind):
        self.counts[kind] += 1
        self.left_out.append({"photo": name, "kind": kind})

    def _signatures_below(self, folders):
        found = []
        for folder in folders:
            paths = photo_list.list_folder(folder, str(folder), "test").paths
            if not paths:
                raise ValueError(
                    "`--exclude` must name a folder of photos. Received: "
                    f"{str(folder)!r}, without any."
                )
            for image in self._load_all(paths):
                found.append(signature(shrink(image, self.short_side)))
        return np.array(found)

    def _load_all(self, paths):
        """Decodes files in a few threads; yields the photos in order."""
        load = functools.partial(load_photo, short_side=self.short_side)
        paths = iter(paths)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            while chunk := list(itertools.islice(paths, _CHUNK)):
                yield from pool.map(load, chunk)


def load_photo(path: str | Path, short_side: int) -> np.ndarray:
    """Decodes a photo file upright, JPEG no larger than needed.

    Args:
        path: Photo file.
        short_side: Short side in pixels that will be needed.

    Returns:
        uint8 (H, W, 3), sRGB; the short side is at least twice `short_side`
        where the file has as much.
    """
    with Image.open(path) as photo:
        width, height = photo.size
        zoom = 2 * short_side / min(width, height)
        # JPEG alone: decodes 1/2, 1/4 or 1/8 of each side, in less time.
        photo.draft("RGB", (round(zoom * width), round(zoom * height)))
        return np.asarray(ImageOps.exif_transpose(photo).convert("RGB"))


def shrink(image: np.ndarray, short_side: int) -> np.ndarray:
    """Cuts the middle out of extreme formats and reduces the size.

    Args:
        image: uint8 (H, W, 3).
        short_side: The short side is at most this long afterwards.

    Returns:
        uint8 (h, w, 3), at most twice as long as wide.
    """
    size = np.array(image.shape[:2])
    kept = np.minimum(size, MAX_ASPECT_RATIO * size.min())
    (top, left), (height, width) = (size - kept) // 2, kept
    image = image[top : top + height, left : left + width]
    zoom = short_side / kept.min()
    if zoom >= 1:
        return image
    height, width = np.rint(kept * zoom).astype(int).tolist()
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)


def signature(image: np.ndarray) -> np.ndarray:
    """Describes what a photo looks like, whatever its size and brightness.

    Args:
        image: uint8 (H, W, 3).

    Returns:
        float32 (144,) of length 1: gray at 12 x 12 pixels without its mean.
        The product of two is their correlation. All 0 for a flat photo.
    """
    side = _SIGNATURE_SIDE
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (side, side), interpolation=cv2.INTER_AREA)
    small = small.astype(np.float32).ravel()
    small -= small.mean()
    return small / max(float(np.linalg.norm(small)), 1.0)


def _rgb_of(photos, index):
    image = photos.image(index)
    if photos.encoding == "srgb":
        return image
    return cv2.cvtColor(image, cv2.COLOR_LAB2RGB)


def _short_name(path, photos):
    """Names a file below the data set's folder, or below its label."""
    root = Path(photos.dataset)
    path = Path(path)
    if path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    return "/".join(path.parts[-3:])
