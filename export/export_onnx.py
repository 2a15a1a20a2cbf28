"""Writes a model as one ONNX file, compared with Keras before it appears.

Example: python export/export_onnx.py --model eccv16_small --output color.onnx

All models: python export/export_onnx.py --all --output dir --calibration photos
"""

from pathlib import Path
from typing import Annotated

import typer

from keras_colorize.exporters.commands import AllOption
from keras_colorize.exporters.commands import CalibrationOption
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
    output: Annotated[
        Path, typer.Option(help="The .onnx file to write; a folder for --all.")
    ],
    model: ModelOption = None,
    weights: WeightsOption = None,
    size: SizeOption = "dynamic",
    head: HeadOption = "photo",
    network_size: NetworkSizeOption = None,
    opset: Annotated[int, typer.Option(help="17 or 18.")] = 18,
    precision: Annotated[
        list[str] | None,
        typer.Option(
            help="fp32, the default; fp16: kernels are stored as float16, "
            "which halves the file, and computed in float32; int8: "
            "convolutions are computed in int8, which quarters it. With "
            "--all it may be repeated; the default is all three.",
        ),
    ] = None,
    calibration: CalibrationOption = None,
    every: AllOption = False,
) -> None:
    """Exports one model, or all."""
    options = {"head": head, "opset": opset, "calibration": calibration}
    if every:
        run_all_exports(
            "onnx",
            model,
            weights,
            output,
            size,
            network_size,
            precisions=precision,
            **options,
        )
        return
    run_export(
        "onnx",
        one_of(model, "--model"),
        weights,
        output,
        size,
        network_size,
        precision=one_of(precision or ["fp32"], "--precision"),
        **options,
    )


if __name__ == "__main__":
    app()
