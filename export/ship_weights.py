"""Puts trained weights into the package, for Keras and for onnxruntime.

Example: python export/ship_weights.py --preset runs/photos/preset \
    --tag photos --license "research use: ..." \
    --training-data "Imagenette (ImageNet terms), ..." --network-size 192

Weights that were shipped before, again with an ONNX file in int8:
python export/ship_weights.py --preset keras_colorize/weights/lite.photos \
    --tag photos --precision int8 --calibration photos
"""

from pathlib import Path
from typing import Annotated

import typer

from keras_colorize.cli.errors import mistakes_in_one_sentence
from keras_colorize.cli.quiet import start_tensorflow
from keras_colorize.exporters.app import CalibrationOption
from keras_colorize.exporters.validate import ExportMismatchError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@mistakes_in_one_sentence(failures=(ExportMismatchError,))
def ship(
    preset: Annotated[Path, typer.Option(help="Folder that training wrote.")],
    tag: Annotated[str, typer.Option(help="Name of these weights.")],
    license: Annotated[
        str | None,
        typer.Option(
            help="Terms of the weights. Default: what the preset says."
        ),
    ] = None,
    training_data: Annotated[
        str | None,
        typer.Option(
            help="Photos that they were trained on, and terms. Default: what "
            "the preset says."
        ),
    ] = None,
    weights_version: Annotated[
        str | None,
        typer.Option(
            help="Another one for each shipping under this tag. Default: what "
            "the preset says, or 1."
        ),
    ] = None,
    architecture: Annotated[
        str | None,
        typer.Option(
            help="What the network is, where it was trained with other "
            "settings than those of its name. Default: what the preset says."
        ),
    ] = None,
    network_size: Annotated[
        int | None,
        typer.Option(
            help="Short side of the network input in pixels. By default what "
            "the preset says, or the model is registered with."
        ),
    ] = None,
    default: Annotated[
        bool, typer.Option(help="The model's name alone means these weights.")
    ] = True,
    precision: Annotated[
        str, typer.Option(help="Of the ONNX file: fp32, fp16 or int8.")
    ] = "fp16",
    calibration: CalibrationOption = None,
    output: Annotated[
        Path | None, typer.Option(help="Default: the package's own weights.")
    ] = None,
) -> None:
    """Writes one folder of shipped weights."""
    start_tensorflow()
    from keras_colorize.exporters.shipping import ship_weights
    from keras_colorize.models.full_size import usual_network_size
    from keras_colorize.models.registry import load_pretrained
    from keras_colorize.presets import WEIGHTS_DIR
    from keras_colorize.presets import read_metadata

    model = load_pretrained(preset)
    metadata = read_metadata(preset)
    said = {
        "license": license,
        "training_data": training_data,
        "architecture": architecture,
        "weights_version": weights_version,
    }
    metadata.setdefault("weights_version", "1")
    report = ship_weights(
        model,
        output or WEIGHTS_DIR / f"{model.name}.{tag}",
        tag=tag,
        network_size=network_size or usual_network_size(model),
        metadata={
            **metadata,
            **{key: value for key, value in said.items() if value is not None},
        },
        is_default=default,
        precision=precision,
        calibration=calibration,
    )
    typer.echo(report.summary())


if __name__ == "__main__":
    app()
