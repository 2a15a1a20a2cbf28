"""Exports many models and measures each file beside Keras."""

import dataclasses
import os
import pathlib
import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from rich.table import Table

from keras_colorize.exporters.formats import Format
from keras_colorize.exporters.loading import load_for_export
from keras_colorize.exporters.memory import give_back_memory
from keras_colorize.exporters.precision import copy_in_float32
from keras_colorize.exporters.signature import check_head
from keras_colorize.exporters.validate import make_images
from keras_colorize.exporters.validate import parse_size
from keras_colorize.models.registry import get_spec

# Side in pixels of the photo that is timed, unless the file takes another.
TIMED_SIDE = 256
_TIMED_CALLS = 5


@dataclasses.dataclass(frozen=True)
class Row:
    """One export that was tried.

    Attributes:
        model: Name of the model.
        path: The file or folder.
        error: Reason why it was not written; then the rest is empty.
        report: `ExportReport` or `SavedModelReport`.
        file_ms: Median milliseconds of the file on one photo.
        keras_ms: The same of the Keras model, on TensorFlow as a
            `tf.function`.
    """

    model: str
    path: pathlib.Path
    error: str = ""
    report: Any = None
    file_ms: float = 0.0
    keras_ms: float = 0.0

    def summary(self) -> str:
        """Returns one line for a terminal."""
        if self.error:
            return f"{self.path.name}: {self.error}"
        return self.report.summary()


def export_many(
    format: Format,
    models: Sequence[str],
    folder: str | os.PathLike,
    *,
    precisions: Sequence[str] | None = None,
    size: str | int = "dynamic",
    head: str = "photo",
    network_size: int | None = None,
) -> Iterator[Row]:
    """Exports models one after another; one that fails stops no other.

    Weights are those in the box; a model without any is untrained.

    Args:
        format: Format of the exports.
        models: Registered names, or `<model>.<tag>` of weights in the box.
        folder: Folder that gets the exports, named by the format.
        precisions: Some of those of the format, or None for its default.
        size: As the export functions take it.
        head: As the export functions take it.
        network_size: In pixels, or None for the own one of each model.

    Yields:
        A `Row` for each model and precision, when it is done.

    Raises:
        ValueError: If an argument fits no model; before anything is written.
    """
    folder = pathlib.Path(folder)
    precisions = precisions or format.list_precisions()
    check_head(head)
    side = TIMED_SIDE if size == "dynamic" else size
    for name in models:
        get_spec(name.partition(".")[0])
    for precision in precisions:
        format.check(precision)
    settings = {"size": size, "head": head, "network_size": network_size}
    for name in models:
        paths = {p: folder / format.name_of(name, p) for p in precisions}
        # Whatever a converter or runtime raises is a failure of one model.
        try:
            model, metadata = load_for_export(name)
            keras_ms = _time_keras(format, model, side, **settings)
            write = format.writer_of(model, metadata=metadata, **settings)
        except Exception as error:
            for path in paths.values():
                yield Row(name, path, error=_sentence(error))
            continue
        for precision, path in paths.items():
            try:
                report = write(path, precision=precision)
                file_ms = _time(format.open(path), side, head)
            except Exception as error:
                yield Row(name, path, error=_sentence(error))
            else:
                yield Row(name, path, "", report, file_ms, keras_ms)
        del model, write
        keras.backend.clear_session()
        give_back_memory()


def make_table(rows: Sequence[Row], side: int = TIMED_SIDE) -> Table:
    """Lays out what was exported and what was not.

    Args:
        rows: Those of `export_many`.
        side: Side of the photo that was timed, in pixels.

    Returns:
        A table for `rich.console.Console.print`.
    """
    table = Table()
    table.add_column("model", overflow="fold")
    table.add_column("file", overflow="fold")
    for column in ("MB", "nodes", "difference", "file ms", "Keras ms"):
        table.add_column(column, justify="right")
    table.caption = (
        "difference: largest from Keras; of int8 the mean CIEDE2000 to fp32. "
        f"ms: one photo of {side} x {side}."
    )
    for row in rows:
        if row.error:
            table.add_row(row.model, row.path.name, "", "", "failed", "", "")
            continue
        table.add_row(
            row.model,
            row.path.name,
            f"{row.report.num_bytes / 1e6:.1f}",
            str(getattr(row.report, "num_nodes", "")),
            _difference_of(row.report),
            f"{row.file_ms:.0f}",
            f"{row.keras_ms:.0f}",
        )
    return table


def _sentence(error):
    """Returns the message in one line, or the kind of error without one."""
    return " ".join(str(error).split()) or type(error).__name__


def _difference_of(report):
    quantization = getattr(report, "quantization", None)
    if quantization is not None:
        return f"ΔE {quantization.difference.mean:.2f}"
    return f"{report.agreement.max_difference:.2g}"


def _time_keras(format, model, side, size, head, network_size):
    graph = format.graph_of(
        copy_in_float32(model), network_size, head, parse_size(size)
    )
    return _time(graph.serve_unrounded, side, head)


def _time(function: Callable, side, head):
    """Returns median milliseconds of a call on one image, after one more."""
    image = make_images(1, side, side, head)
    np.asarray(function(image))
    times = []
    for _ in range(_TIMED_CALLS):
        start = time.perf_counter()
        np.asarray(function(image))
        times.append(time.perf_counter() - start)
    return 1e3 * float(np.median(times))
