"""Writes a model as one ONNX file, compared with Keras before it appears.

Example: python export/export_onnx.py --model eccv16_small --output color.onnx
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
    output: Annotated[Path, typer.Option(help="The .onnx file to write.")],
    weights: WeightsOption = None,
    size: SizeOption = "dynamic",
    head: HeadOption = "photo",
    network_size: NetworkSizeOption = None,
    opset: Annotated[int, typer.Option(help="17 or 18.")] = 18,
    weights_precision: Annotated[
        str,
        typer.Option(
            help="float32, or float16 for half the file size; computing "
            "stays float32."
        ),
    ] = "float32",
) -> None:
    """Exports one model."""
    run_export(
        "onnx",
        model,
        weights,
        output,
        size,
        network_size,
        head=head,
        opset=opset,
        weights_precision=weights_precision,
    )


if __name__ == "__main__":
    app()
