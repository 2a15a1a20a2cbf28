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
    str,
    typer.Option(
        help="Registered model, or <model>.<tag> of weights in the box."
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
            size=int(size) if size.isdecimal() else size,
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
