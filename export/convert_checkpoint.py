"""Turns a published PyTorch checkpoint into a preset of this package.

Example: python export/convert_checkpoint.py --model siggraph17_base \
    --checkpoint siggraph17-df00044c.pth --output presets/siggraph17

The preset is what export/export_onnx.py and Colorizer.from_preset take.
"""

from pathlib import Path
from typing import Annotated

import typer

from keras_colorize.cli.errors import mistakes_in_one_sentence
from keras_colorize.cli.quiet import start_tensorflow

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@mistakes_in_one_sentence()
def convert(
    model: Annotated[
        str,
        typer.Option(
            help="eccv16_base, siggraph17_base, ddcolor_tiny or ddcolor_large."
        ),
    ],
    checkpoint: Annotated[
        Path, typer.Option(help="The .pth file, as its authors publish it.")
    ],
    output: Annotated[Path, typer.Option(help="The folder to write.")],
) -> None:
    """Converts one checkpoint."""
    start_tensorflow()
    from keras_colorize.convert.checkpoint import convert_to_preset

    folder = convert_to_preset(checkpoint, model, output)
    typer.echo(f"{folder}: {model} with the weights of {checkpoint.name}")


if __name__ == "__main__":
    app()
