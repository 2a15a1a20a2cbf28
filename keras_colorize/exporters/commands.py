"""What the export scripts share: options, and mistakes in one sentence."""

import functools
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

EXIT_FAILED = 1
EXIT_USER_MISTAKE = 2

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
        "default what the model is registered with."
    ),
]
CalibrationOption = Annotated[
    Path | None,
    typer.Option(
        help="Folder of photos like those that will be colorized; int8 needs "
        "it."
    ),
]


def handle_mistakes(command: Callable) -> Callable:
    """Turns the exceptions of user mistakes into one line on stderr.

    Exit codes: 1 for an export that does not agree with Keras, 2 for a
    value, file or folder that does not fit. Other exceptions are bugs and
    keep their traceback.
    """

    @functools.wraps(command)
    def wrapped(*args, **kwargs):
        try:
            return command(*args, **kwargs)
        except (ValueError, TypeError, OSError, ImportError) as error:
            message, code = str(error), EXIT_USER_MISTAKE
        except RuntimeError as error:
            if type(error).__name__ != "ExportMismatchError":
                raise
            message, code = str(error), EXIT_FAILED
        errors = Console(stderr=True)
        errors.print("Error:", style="bold red", end=" ")
        errors.print(message, markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(code)

    return wrapped


def one_of(values: list[str] | None, option: str) -> str:
    """The only value of an option that only `--all` may repeat.

    Args:
        values: as typer gives them.
        option: its name, for the error.

    Raises:
        ValueError: If there is none, or more than one.
    """
    if not values or len(values) > 1:
        raise ValueError(
            f"Give {option} once, or --all to export several files into a "
            f"folder. Received: {len(values or [])} times."
        )
    return values[0]


def run_export(
    form: str,
    model: str,
    weights: Path | None,
    output: Path,
    size: str,
    network_size: int | None,
    **options,
) -> None:
    """Loads a model, exports it and prints what was written.

    Args:
        form: `"onnx"` or `"saved_model"`.
        model: as `load_for_export` takes it.
        weights: as `load_for_export` takes it.
        output: file or folder to write.
        size: `"dynamic"` or digits.
        network_size: in pixels, or None for the registered one.
        **options: further arguments of the export function.
    """
    console = Console(stderr=True)
    with console.status(f"Exporting {model} and comparing it with Keras"):
        # TensorFlow takes seconds to import: `--help` does without it.
        from keras_colorize.exporters import loading
        from keras_colorize.models.registry import get_spec

        module = importlib.import_module(f"keras_colorize.exporters.{form}")
        export = getattr(module, f"export_{form}")
        network, metadata = loading.load_for_export(model, weights)
        report = export(
            network,
            output,
            size=_pixels(size),
            network_size=network_size or get_spec(network.name).input_size,
            metadata=metadata,
            **options,
        )
    if metadata["weights"] == loading.UNTRAINED:
        console.print(
            f"[bold yellow]Warning:[/] {model} comes without weights; the "
            "exported network is untrained. Give --weights."
        )
    typer.echo(report.summary())


def run_all_exports(
    form: str,
    models: list[str] | None,
    weights: Path | None,
    output: Path,
    size: str,
    network_size: int | None,
    **options,
) -> None:
    """Exports many models and prints a table of them.

    Args:
        form: `"onnx"` or `"saved_model"`.
        models: registered names; none for every one.
        weights: must be None.
        output: folder to write.
        size: `"dynamic"` or digits.
        network_size: in pixels, or None for the registered ones.
        **options: further arguments of `export_many`.

    Raises:
        ValueError: If an argument is outside what is said above; before
            anything is written.
        NotADirectoryError: If `output` is a file.
        typer.Exit: With `EXIT_FAILED`, if a model failed.
    """
    if weights is not None:
        raise ValueError(
            "--all takes the weights in the box. Export a model with other "
            f"--weights by itself. Received: {weights}."
        )
    if output.exists() and not output.is_dir():
        raise NotADirectoryError(
            f"{output} is a file. With --all, --output is a folder."
        )
    console = Console()
    errors = Console(stderr=True)
    with errors.status("Loading") as status:
        from keras_colorize.exporters import batch
        from keras_colorize.exporters.validate import parse_size
        from keras_colorize.models.registry import get_spec
        from keras_colorize.presets import list_models

        image_size = parse_size(_pixels(size))
        models = models or list_models()
        for name in models:
            get_spec(name.partition(".")[0])
        rows = []
        for row in batch.export_many(
            form,
            models,
            output,
            size=_pixels(size),
            network_size=network_size,
            **options,
        ):
            rows.append(row)
            status.update(f"{len(rows)} files so far")
            if row.error:
                errors.print("Failed:", style="bold red", end=" ")
            errors.print(
                row.summary(), markup=False, highlight=False, soft_wrap=True
            )
    side = image_size[0] if image_size else batch.TIMED_SIDE
    console.print(batch.make_table(rows, side))
    if any(row.error for row in rows):
        raise typer.Exit(EXIT_FAILED)


def _pixels(size):
    return int(size) if size.isdecimal() else size
