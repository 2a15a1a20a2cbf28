"""Writes a model as one ONNX file, compared with Keras before it appears.

Example: python export/export_onnx.py --model eccv16_small --output color.onnx

All models: python export/export_onnx.py --all --output dir --calibration photos
"""

import importlib.util
import os
from pathlib import Path
from typing import Annotated

import typer

from keras_colorize.cli.errors import mistakes_in_one_sentence
from keras_colorize.cli.quiet import start_tensorflow
from keras_colorize.exporters.app import AllOption
from keras_colorize.exporters.app import CalibrationOption
from keras_colorize.exporters.app import HeadOption
from keras_colorize.exporters.app import ModelOption
from keras_colorize.exporters.app import NetworkSizeOption
from keras_colorize.exporters.app import Request
from keras_colorize.exporters.app import SizeOption
from keras_colorize.exporters.app import WeightsOption
from keras_colorize.exporters.app import run
from keras_colorize.exporters.formats import OnnxFormat
from keras_colorize.exporters.validate import ExportMismatchError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@mistakes_in_one_sentence(failures=(ExportMismatchError,))
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
    converter: Annotated[
        str,
        typer.Option(
            help="tf2onnx, the default, of Keras on TensorFlow; torch, of "
            "Keras on PyTorch: opset 18."
        ),
    ] = "tf2onnx",
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
    _start_backend(converter)
    run(OnnxFormat(opset, calibration, converter), request)


def _start_backend(converter):
    """Chooses the Keras backend that a converter needs, for this process."""
    if converter != "torch":
        start_tensorflow()
        return
    for package in ("torch", "onnxscript"):
        if importlib.util.find_spec(package) is None:
            from keras_colorize.exporters.onnx_graph import HOW_TO_INSTALL_TORCH

            # Keras would only say that there is no such module.
            raise ImportError(HOW_TO_INSTALL_TORCH)
    os.environ["KERAS_BACKEND"] = "torch"  # read when Keras is imported


if __name__ == "__main__":
    app()
