"""Writes a model as a SavedModel, compared with Keras before it appears.

Example: python export/export_saved_model.py --model eccv16_small --output dir

It loads where keras_colorize is not installed:
tf.saved_model.load("dir").serve(image).
"""

from pathlib import Path
from typing import Annotated

import typer

from keras_colorize.exporters.commands import HeadOption
from keras_colorize.exporters.commands import ModelOption
from keras_colorize.exporters.commands import NetworkSizeOption
from keras_colorize.exporters.commands import SizeOption
from keras_colorize.exporters.commands import WeightsOption
from keras_colorize.exporters.commands import handle_mistakes
from keras_colorize.exporters.commands import run_export

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@handle_mistakes
def export(
    model: ModelOption,
    output: Annotated[Path, typer.Option(help="The folder to write.")],
    weights: WeightsOption = None,
    size: SizeOption = "dynamic",
    head: HeadOption = "photo",
    network_size: NetworkSizeOption = None,
) -> None:
    """Exports one model."""
    run_export(
        "saved_model",
        model,
        weights,
        output,
        size,
        network_size,
        head=head,
    )


if __name__ == "__main__":
    app()
