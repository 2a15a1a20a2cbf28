"""`keras-colorize inspect`: what a photo or a model file is."""

import json
import os
from pathlib import Path
from typing import Annotated
from typing import Any

import typer

from keras_colorize.cli import options
from keras_colorize.cli.errors import echo_path
from keras_colorize.cli.errors import errors_in_one_sentence
from keras_colorize.cli.errors import is_video_name
from keras_colorize.cli.errors import printable
from keras_colorize.cli.errors import say
from keras_colorize.errors import PhotoError

EXAMPLES = """\b
Examples:
  keras-colorize inspect photo.jpg colorized.jpg
  keras-colorize inspect --json scan.tif
  keras-colorize inspect lite my_model.onnx
"""


def inspect(
    things: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="Photos, .onnx files, or names of models.",
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line.")
    ] = False,
    max_pixels: options.MaxPixels = None,
) -> None:
    """Say what photos and model files are.

    Of a photo: format, size, bits, whether it is in color, what metadata it
    has, and with which model it was colorized. Of a model: which weights of
    what version and checksum are in it, their terms and training data, what
    goes in and comes out, and the checksum of the file.
    """
    failed = False
    with errors_in_one_sentence():
        from keras_colorize.errors import ColorizeError
        from keras_colorize.serving.images.read import MAX_PIXELS
        from keras_colorize.serving.inspection import describe

        for thing in things:
            try:
                _check_kind(thing)
                limit = MAX_PIXELS if max_pixels is None else max_pixels
                facts = describe(thing, limit)
            except ColorizeError as error:
                if len(things) == 1:
                    raise
                say(f"Error: {error}")
                failed = True
                continue
            echo_path(json.dumps(facts) if as_json else _as_lines(facts))
    if failed:
        raise typer.Exit(1)


def _check_kind(thing: str) -> None:
    """Names the command for what is neither photo nor model.

    Raises:
        PhotoError: If it is a folder or, by its name, a film.
    """
    if os.path.isdir(thing):
        raise PhotoError(
            f"{thing} is a folder. Expected photos or model files, such as "
            f"`keras-colorize inspect {Path(thing, '*')}`; to colorize its "
            f"photos use `keras-colorize folder {thing} OUT`."
        )
    if is_video_name(Path(thing)):
        raise PhotoError(
            f"{thing} is a film. Expected photos or model files; to colorize "
            f"a film use `keras-colorize video {thing} OUT`."
        )


def _as_lines(facts: dict[str, Any]) -> str:
    lines = [facts["file"]]
    for name, value in facts.items():
        if name != "file" and value not in ("", None, {}, []):
            lines.append(f"  {name.replace('_', ' ')}: {_as_text(value)}")
    return "\n".join(lines)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{k} {_as_text(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_as_text(v) for v in value)
    return f"{value:g}" if isinstance(value, float) else printable(value)
