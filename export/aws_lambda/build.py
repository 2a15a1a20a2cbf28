"""Packs the Lambda function: a folder, and the zip to upload.

Example: python export/aws_lambda/build.py --output build/lambda --model lite

README.md beside this script says how to deploy it.
"""

from pathlib import Path
from typing import Annotated

import typer

from keras_colorize.cli.errors import mistakes_in_one_sentence

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=__doc__)
@mistakes_in_one_sentence()
def build(
    output: Annotated[
        Path, typer.Option(help="Folder for package/ and function.zip.")
    ],
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Model in the box or .onnx file; may be repeated. By default "
            "lite."
        ),
    ] = None,
    python_version: Annotated[
        str, typer.Option(help="That of the function: 3.12 or 3.13.")
    ] = "3.12",
    zip: Annotated[
        bool,
        typer.Option(help="Without, the folder is for a container: any size."),
    ] = True,
) -> None:
    """Packs one function."""
    from keras_colorize.exporters.lambda_package import build_package
    from keras_colorize.presets import DEFAULT_MODEL

    report = build_package(
        output,
        model or [DEFAULT_MODEL],
        python_version=python_version,
        make_zip=zip,
    )
    typer.echo(report.summary())


if __name__ == "__main__":
    app()
