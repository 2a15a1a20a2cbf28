"""Writes a model as a SavedModel, compared with Keras before it appears.

Example: python export/export_saved_model.py --model eccv16_small --output dir

It loads where keras_colorize is not installed:
tf.saved_model.load("dir").serve(image).

With --all the folder gets one of each registered model.
"""

from pathlib import Path
from typing import Annotated

import typer

from keras_colorize.exporters.commands import AllOption
from keras_colorize.exporters.commands import HeadOption
from keras_colorize.exporters.commands import ModelOption
from keras_colorize.exporters.commands import NetworkSizeOption
from keras_colorize.exporters.commands import SizeOption
from keras_colorize.exporters.commands import WeightsOption
from keras_colorize.exporters.commands import handle_mistakes
from keras_colorize.exporters.commands import one_of
from keras_colorize.exporters.commands import run_all_exports
from keras_colorize.exporters.commands import run_export

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@handle_mistakes
def export(
    output: Annotated[Path, typer.Option(help="The folder to write.")],
    model: ModelOption = None,
    weights: WeightsOption = None,
    size: SizeOption = "dynamic",
    head: HeadOption = "photo",
    network_size: NetworkSizeOption = None,
    precision: Annotated[
        list[str] | None,
        typer.Option(
            help="fp32, the default; bfloat16: the network computes in it, "
            "which is faster on processors with bfloat16 units and changes "
            "colors a little. With --all it may be repeated."
        ),
    ] = None,
    every: AllOption = False,
) -> None:
    """Exports one model, or all."""
    if every:
        run_all_exports(
            "saved_model",
            model,
            weights,
            output,
            size,
            network_size,
            head=head,
            precisions=precision,
        )
        return
    run_export(
        "saved_model",
        one_of(model, "--model"),
        weights,
        output,
        size,
        network_size,
        head=head,
        precision=one_of(precision or ["fp32"], "--precision"),
    )


if __name__ == "__main__":
    app()
