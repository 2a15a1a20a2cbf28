"""The photos of a run: found and scanned, their color prior, and batches.

Photos in files become batches through `tf.data`; packed photos need no
TensorFlow, so that they train under any Keras backend.
"""

import dataclasses
import functools
import hashlib
import os
import typing
from collections.abc import Iterable
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import keras
import numpy as np
from rich.console import Console

from keras_colorize.color.gamut import AbGamut
from keras_colorize.data import catalog
from keras_colorize.data import photo_list
from keras_colorize.data.arrays import ArrayPhotos
from keras_colorize.data.compiled import check_on_tensorflow
from keras_colorize.data.dataset_spec import DatasetNotFoundError
from keras_colorize.data.packed import PackedPhotos
from keras_colorize.data.packed import is_packed
from keras_colorize.data.packed import read_packed
from keras_colorize.data.packed_batches import PackedBatches
from keras_colorize.data.packed_batches import packs
from keras_colorize.data.photo_list import PhotoList
from keras_colorize.data.photo_source import PhotoSource
from keras_colorize.data.pipeline_config import HintSimulation
from keras_colorize.data.pipeline_config import PipelineConfig
from keras_colorize.data.priors import PriorResult
from keras_colorize.data.priors import estimate_prior
from keras_colorize.data.priors import load_prior
from keras_colorize.files import escaped
from keras_colorize.files import write_text
from training.config import ESTIMATE
from training.config import DataConfig
from training.config import LossConfig

_SHOWN_SKIPPED = 5
TRAIN_PHOTOS = "train_photos.txt"  # in a work directory

_Source = TypeVar("_Source", bound=PhotoSource)


@dataclasses.dataclass(frozen=True)
class TrainingInputs:
    """The usable photos of a run.

    Attributes:
        train: photos to train with, at least one.
        validation: photos to validate with; None for no validation.
        digest: SHA-256 of the photos' names, equal on every machine.
        size_digest: SHA-256 of their sizes; tells that a photo was replaced
            by another of the same name.
    """

    train: PhotoSource
    validation: PhotoSource | None
    digest: str
    size_digest: str


def prepare_inputs(
    config: DataConfig,
    folder: Path | None,
    workdir: Path | None,
    console: Console,
) -> TrainingInputs:
    """Finds and scans the photos of a run, or opens a packed folder.

    For files it writes `scan_train.json` and `scan_val.json` to the work
    directory: how many photos were left out, which, and why. Prints their
    counts.

    Args:
        config: which photos.
        folder: that of the data set, or of data sets; the folder of photos
            itself where `config.dataset` is empty; or a packed folder
            (`training.pack`), whatever `config.dataset` says.
        workdir: the run's work directory; None to write nothing.
        console: where messages go.

    Raises:
        ValueError: If the data set does not have what the configuration asks
            for, or the Keras backend cannot read or make it.
        OSError: If the data set is not there.
    """
    if not packs(config):
        check_on_tensorflow("Color hints", "leave them out (data.hints=none)")
    find = functools.partial(find_scanned, config, folder, workdir)
    if folder is not None and is_packed(folder):
        find = functools.partial(_find_packed, config, read_packed(folder))
    train = find("train", console)
    validation = None
    if config.validation_limit:
        validation = find("val", console)
        validation = pick_evenly(validation, config.validation_limit)
    lists = [photos for photos in (train, validation) if photos]
    return TrainingInputs(
        train,
        validation,
        digest=_digest_of_lines(map(_names_of, lists)),
        size_digest=_digest_of_lines(map(_sizes_of, lists)),
    )


def find_scanned(
    config: DataConfig,
    folder: Path | None,
    workdir: Path | None,
    split: str,
    console: Console,
) -> PhotoList | ArrayPhotos:
    """Finds the photo files of one split and leaves out the unusable ones.

    Args:
        config: which photos.
        folder: see `prepare_inputs`.
        workdir: where the report and the scan's memory are written; None
            for nowhere.
        split: "train" or "val".
        console: where the one-line summary goes.

    Returns:
        The usable photos; at least one.

    Raises:
        ValueError: If neither `config.dataset` nor `folder` says which photos,
            none is usable, or Keras runs on another backend than TensorFlow.
        OSError: If the data set is not there.
    """
    check_on_tensorflow("Photos in files")
    # Decodes with TensorFlow: not above.
    from keras_colorize.data import scan

    if not config.dataset and folder is None:
        raise ValueError(
            "Expected a data set. Name a folder of photos with --data FOLDER, "
            "or a row of datasets.yaml."
        )
    photos = _find_files(config, folder, split, console)
    cache_file = workdir and workdir / "scan_cache.json"
    report = scan.scan_photos(photos, cache_file)
    usable = photos.select(report.positions)
    if workdir:
        report.write(workdir / f"scan_{split}.json")
    console.print(f"{split}: {report.summary()}.")
    for photo in report.skipped[:_SHOWN_SKIPPED]:
        name = escaped(photo.path)
        console.print(f"  {name}: {photo.reason}", markup=False)
    height, width = typing.cast(tuple[int, int], config.crop_size)
    small = sum(h < height or w < width for h, w in report.sizes)
    if small:
        console.print(
            f"{split}: {small} photos are smaller than the crop of {height} x "
            f"{width} pixels and are enlarged, which teaches blur."
        )
    if len(usable) == 0:
        raise ValueError(f"No usable photo in split {split!r}.")
    return usable


def _find_files(config, folder, split, console) -> PhotoList | ArrayPhotos:
    """Finds the recipe's data set, or takes a folder of photos for it."""
    limit = config.limit if split == "train" else None
    try:
        return catalog.find_photos(
            config.dataset or str(folder),
            folder if config.dataset else None,
            split=split,
            labels=config.labels,
            limit=limit,
            seed=config.seed,
        )
    except DatasetNotFoundError:
        if folder is None or not config.dataset or not folder.is_dir():
            raise
        photos = photo_list.list_local_folder(folder, split)
        if len(photos) == 0:
            raise
    # What the recipe says of its data set's labels and number means nothing.
    console.print(
        f"{split}: {folder} does not hold {config.dataset}; its "
        f"{len(photos)} photos are taken in place of it.",
        markup=False,
    )
    if limit is None or limit >= len(photos):
        return photos
    return photo_list.pick_random(photos, 0, limit, config.seed)


def _find_packed(config, packed, split, console) -> PackedPhotos:
    photos = packed.of_split(split)
    if config.labels:
        photos = photo_list.pick_labels(photos, config.labels)
    if config.limit is not None and split == "train":
        photos = photo_list.pick_random(photos, 0, config.limit, config.seed)
    if len(photos) == 0:
        raise ValueError(f"No packed photo in split {split!r}.")
    console.print(f"{split}: {len(photos)} packed photos.")
    return photos


def remember_photos(photos: PhotoSource, workdir: Path) -> None:
    """Writes which photo files a run trains with, for its evaluation.

    Args:
        photos: those to train with; of what are no files nothing is written.
        workdir: gets `TRAIN_PHOTOS`, a line of size and name for each file.
    """
    if isinstance(photos, PhotoList):
        text = "".join(f"{line}\n" for line in sorted(file_keys(photos)))
        write_text(workdir / TRAIN_PHOTOS, text)


def count_trained_on(model: str | os.PathLike, paths: Sequence[str]) -> int:
    """Counts the photos that a run has trained with.

    Args:
        model: preset folder or weights file in the work directory of a run;
            of others nothing is known.
        paths: photo files. They are recognized by name and size, wherever
            they lie.

    Returns:
        How many of them; 0 where nothing is known.
    """
    record = Path(model).parent / TRAIN_PHOTOS
    if not record.is_file():
        return 0
    known = set(record.read_text(encoding="utf-8").splitlines())
    return sum(key in known for key in file_keys(paths))


def file_keys(paths: Iterable[str]) -> list[str]:
    """Returns what a photo file is recognized by: its size and its name."""
    return [
        f"{os.path.getsize(path)} {os.path.basename(path)!a}" for path in paths
    ]


def load_or_estimate_prior(
    loss: LossConfig,
    data: DataConfig,
    photos: PhotoSource,
    workdir: Path,
    console: Console,
) -> np.ndarray:
    """Returns the prior of a run, float (Q,), and keeps it in the work folder.

    Args:
        loss: `prior` is a path or "estimate"; see `estimate_photo_prior`.
        data: see `estimate_photo_prior`.
        photos: those to estimate it from.
        workdir: `prior.json` is read from here if it is there: the weights
            of the loss must not change when a run is resumed.
        console: where messages go.

    Raises:
        ValueError: If a prior file does not hold one value per bin.
        OSError: If it cannot be read.
    """
    kept = workdir / "prior.json"
    if not kept.exists():
        if loss.prior is None or loss.prior == ESTIMATE:
            console.print("Estimating the color prior of the training photos.")
            result = estimate_photo_prior(loss, data, photos)
        else:
            result = load_prior(loss.prior, AbGamut())
        result.save(kept)
    return load_prior(kept, AbGamut()).prior


def estimate_photo_prior(
    loss: LossConfig, data: DataConfig, photos: PhotoSource
) -> PriorResult:
    """Measures how often each ab bin occurs in the central crops of photos.

    Every fourth pixel counts, or cells of 4 x 4, whatever the step of the
    network, and the crops have none of the extra zooms of the training.

    Args:
        loss: soft encoding, and `prior_photos`, the most photos that are
            read (spread evenly over the list).
        data: crop and batch size, and whether truths are averaged over cells.
        photos: usable photos.
    """
    chosen = pick_evenly(photos, loss.prior_photos)
    dataset = evaluation_batches(
        chosen,
        PipelineConfig(
            crop_size=data.crop_size,
            resize_short=data.resize_short,
            batch_size=data.batch_size,
            average_truth=data.average_truth,
        ),
    )
    return estimate_prior(
        dataset,
        AbGamut(),
        loss.num_neighbors,
        loss.sigma,
        notes={"photos": len(chosen), "dataset": data.dataset},
    )


def pick_evenly(photos: _Source, count: int) -> _Source:
    """Keeps at most `count` photos, spread evenly over the list."""
    if len(photos) <= count:
        return photos
    positions = np.linspace(0, len(photos) - 1, count).astype(int).tolist()
    return photos.select(positions)


def config_for_network(
    config: DataConfig, network: keras.Model
) -> PipelineConfig:
    """Returns how photos become batches for a `Colorizer`."""
    hints = config.hints
    if network.takes_hints and hints is None:
        hints = HintSimulation(stop_probability=1.0)  # ends before the first
    return dataclasses.replace(
        config,
        output_kind=network.output_kind,
        output_stride=network.output_stride,
        hints=hints,
    )


def training_batches(
    photos: PhotoSource,
    config: PipelineConfig,
    start_step: int = 0,
    shard: tuple[int, int] = (0, 1),
):
    """Returns the endless stream of training batches, from a step on.

    Args:
        photos: those to read.
        config: how photos become batches.
        start_step: batches to skip, at no cost.
        shard: (index, count); which of `count` equal parts of each batch.

    Returns:
        A `tf.data.Dataset`, or a generator for packed photos.
    """
    config = _part_of(config, shard)
    # Only `tf.data` simulates color hints.
    if isinstance(photos, PackedPhotos) and packs(config):
        batches = PackedBatches(photos, config, training=True, shard=shard)
        return batches.stream(start_step)
    from keras_colorize.data.pipeline import training_dataset

    return training_dataset(photos, config, start_step, shard=shard)


def evaluation_batches(
    photos: PhotoSource,
    config: PipelineConfig,
    shard: tuple[int, int] = (0, 1),
):
    """Returns one pass of central crops, which can be read many times.

    Args:
        photos: those to read; of a shard as many as `evenly` leaves.
        config: how photos become batches.
        shard: (index, count); which of `count` equal parts of each batch.

    Returns:
        A `tf.data.Dataset`, or `PackedBatches`.
    """
    index, count = shard
    if count > 1:
        photos = photos.select(range(index, len(photos), count))
    config = _part_of(config, shard)
    if isinstance(photos, PackedPhotos) and packs(config):
        return PackedBatches(photos, config, training=False)
    from keras_colorize.data.pipeline import evaluation_dataset

    return evaluation_dataset(photos, config)


def evenly(photos: _Source, num_parts: int) -> _Source:
    """Leaves out as few photos as it takes for parts of equal size.

    Args:
        photos: the photos of a single pass.
        num_parts: over how many devices its last batch goes, too.

    Raises:
        ValueError: If there are fewer photos than parts.
    """
    count = len(photos) - len(photos) % num_parts
    if not count:
        raise ValueError(
            f"Expected at least {num_parts} photos to validate with, one a "
            f"device. Received: {len(photos)}. Raise data.validation_limit, "
            "or set it to 0 for no validation."
        )
    return pick_evenly(photos, count)


def _part_of(config: PipelineConfig, shard: tuple[int, int]) -> PipelineConfig:
    size = config.batch_size // shard[1]
    return dataclasses.replace(config, batch_size=size)


def photos_of_step(
    photos: PhotoSource, config: PipelineConfig, step: int
) -> list[str]:
    """Names the photos of one batch of `training_batches`.

    Args:
        photos: those that are read.
        config: how photos become batches.
        step: number of the batch, from 0.
    """
    if isinstance(photos, PackedPhotos) and packs(config):
        from keras_colorize.data.packed_batches import shuffled_position
    else:
        from keras_colorize.data.pipeline import shuffled_position
    first = step * config.batch_size
    positions = [
        int(shuffled_position(index, len(photos), config.seed))
        for index in range(first, first + config.batch_size)
    ]
    return [photos.item_name(position) for position in positions]


def _names_of(photos: PhotoSource) -> list[str]:
    """Returns the photos' names below their common folder."""
    if isinstance(photos, PhotoList):
        base = os.path.commonpath(map(os.path.dirname, photos))
        return [os.path.relpath(photo, base) for photo in photos]
    return [photos.item_name(i) for i in range(len(photos))]


def _sizes_of(photos: PhotoSource) -> list[str]:
    """Returns the photos' sizes: bytes of a file, sides of a packed photo."""
    # Not their times: a data set that was copied is the same.
    if isinstance(photos, PhotoList):
        return [str(os.path.getsize(photo)) for photo in photos]
    if isinstance(photos, PackedPhotos):
        return [f"{height}x{width}" for height, width in photos.shapes]
    return [str(len(photos))]


def _digest_of_lines(lists: Iterable[list[str]]) -> str:
    digest = hashlib.sha256()
    for lines in lists:
        text = "\n".join([*lines, ""])
        # Names of files need not be UTF-8: those bytes count as they are.
        digest.update(text.encode(errors="surrogateescape"))
    return digest.hexdigest()
