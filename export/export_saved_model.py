"""Writes a model as a SavedModel, compared with Keras before it appears.

Example: python export/export_saved_model.py --model eccv16_small --output dir

It loads where keras_colorize is not installed:
tf.saved_model.load("dir").serve(image).

With --all the folder gets one of each registered model.
"""

from pathlib import Path
from typing import Annotated

import typer

from keras_colorize.cli.errors import mistakes_in_one_sentence
from keras_colorize.cli.quiet import start_tensorflow
from keras_colorize.exporters.app import AllOption
from keras_colorize.exporters.app import HeadOption
from keras_colorize.exporters.app import ModelOption
from keras_colorize.exporters.app import NetworkSizeOption
from keras_colorize.exporters.app import Request
from keras_colorize.exporters.app import SizeOption
from keras_colorize.exporters.app import WeightsOption
from keras_colorize.exporters.app import run
from keras_colorize.exporters.formats import SavedModelFormat
from keras_colorize.exporters.validate import ExportMismatchError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@mistakes_in_one_sentence(failures=(ExportMismatchError,))
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
    request = Request(
        models=model,
        every=every,
        weights=weights,
        output=output,
        size=size,
        head=head,
        network_size=network_size,
        precisions=precision,
    )
    start_tensorflow()
    run(SavedModelFormat(), request)


if __name__ == "__main__":
    app()
