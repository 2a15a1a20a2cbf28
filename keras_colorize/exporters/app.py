"""The app behind the export scripts: options, one model, all models.

It is a module of the library and not of the folder `export/`: a script that
Python runs as a file sees that folder's modules under other names than tests
that import `export.export_onnx`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from keras_colorize.exporters.formats import Format

ModelOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Registered model, or <model>.<tag> of weights in the box. With "
        "--all it may be repeated: only these."
    ),
]
AllOption = Annotated[
    bool,
    typer.Option(
        "--all",
        help="Every registered model, with the weights in the box or "
        "untrained; --output is then a folder.",
    ),
]
WeightsOption = Annotated[
    Path | None,
    typer.Option(
        help="A .weights.h5 or .keras file or a preset folder. By default "
        "the weights in the box; a model without any is exported untrained."
    ),
]
SizeOption = Annotated[
    str,
    typer.Option(
        help="dynamic, for images of any size, or the side in pixels of the "
        "only square size that the export takes."
    ),
]
HeadOption = Annotated[
    str,
    typer.Option(help="photo: uint8 photo in and out. ab: L in, ab out."),
]
NetworkSizeOption = Annotated[
    int | None,
    typer.Option(
        help="Short side in pixels at which the network sees an image. By "
        "default what the weights say, or the model is registered with."
    ),
]
CalibrationOption = Annotated[
    Path | None,
    typer.Option(
        help="Folder of photos like those that will be colorized; int8 needs "
        "it."
    ),
]


@dataclass(frozen=True)
class Request:
    """What both scripts are asked for.

    Attributes:
        models: Registered names, or `<model>.<tag>` of weights in the box.
            One, or, with `every`, any number; then none means all.
        every: Whether `output` is a folder for many models (`--all`).
        weights: File or folder of the only model's weights; None for those in
            the box.
        output: File or folder to write.
        size: `"dynamic"`, or digits: the side in pixels.
        head: `"photo"` or `"ab"`.
        network_size: Short side of the network's input in pixels, or None for
            the model's own.
        precisions: One, or, with `every`, any number; none means the default.
    """

    models: list[str] | None
    every: bool
    weights: Path | None
    output: Path
    size: str
    head: str
    network_size: int | None
    precisions: list[str] | None

    @property
    def pixels(self) -> int | str:
        """`size` as the export functions take it."""
        return int(self.size) if self.size.isdecimal() else self.size


def run(format: Format, request: Request) -> None:
    """Exports what was asked for and prints what was written.

    Raises:
        ValueError: If the request does not fit; before anything is written.
        NotADirectoryError: If many models are to go into a file.
        typer.Exit: With 1, if one of many models failed.
    """
    if request.every:
        _export_many(format, request)
    else:
        _export_one(format, request)


def _export_one(format, request):
    model = _only(request.models, "--model")
    precision = _only(request.precisions or ["fp32"], "--precision")
    console = Console(stderr=True)
    with console.status(f"Exporting {model} and comparing it with Keras"):
        # TensorFlow takes seconds to import: `--help` does without it.
        from keras_colorize.exporters.loading import load_for_export
        from keras_colorize.exporters.provenance import UNTRAINED

        network, metadata = load_for_export(model, request.weights)
        write = format.writer_of(
            network,
            size=request.pixels,
            head=request.head,
            network_size=request.network_size,
            metadata=metadata,
        )
        report = write(request.output, precision=precision)
    if metadata["weights"] == UNTRAINED:
        console.print(
            f"[bold yellow]Warning:[/] {model} comes without weights; the "
            "exported network is untrained. Give --weights."
        )
    typer.echo(report.summary())


def _export_many(format, request):
    if request.weights is not None:
        raise ValueError(
            "--all takes the weights in the box. Export a model with other "
            f"--weights by itself. Received: {request.weights}."
        )
    if request.output.exists() and not request.output.is_dir():
        raise NotADirectoryError(
            f"{request.output} is a file. With --all, --output is a folder."
        )
    errors = Console(stderr=True)
    with errors.status("Loading") as status:
        from keras_colorize.exporters import many
        from keras_colorize.exporters.validate import parse_size
        from keras_colorize.presets import list_models

        image_size = parse_size(request.pixels)
        rows = []
        for row in many.export_many(
            format,
            request.models or list_models(),
            request.output,
            precisions=request.precisions,
            size=request.pixels,
            head=request.head,
            network_size=request.network_size,
        ):
            rows.append(row)
            status.update(f"{len(rows)} files so far")
            if row.error:
                errors.print("Failed:", style="bold red", end=" ")
            errors.print(
                row.summary(), markup=False, highlight=False, soft_wrap=True
            )
    side = image_size[0] if image_size else many.TIMED_SIDE
    Console().print(many.make_table(rows, side))
    if any(row.error for row in rows):
        raise typer.Exit(1)


def _only(values, option):
    """Returns the only value of an option that only `--all` may repeat."""
    if not values or len(values) > 1:
        raise ValueError(
            f"Give {option} once, or --all to export several files into a "
            f"folder. Received: {len(values or [])} times."
        )
    return values[0]
