"""Options that several commands share: one name, one help text, one reading.

What is slow to import is imported inside the functions.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Annotated

import typer

from keras_colorize.cli.errors import say
from keras_colorize.photo_formats import FORMAT_OF_SUFFIX
from keras_colorize.presets import list_shipped

if TYPE_CHECKING:
    from keras_colorize.serving.images.naming import Naming
    from keras_colorize.serving.options import PhotoOptions


def _model_names(incomplete: str) -> list[str]:
    names = {w.model for w in list_shipped()} | {w.name for w in list_shipped()}
    return sorted(name for name in names if name.startswith(incomplete))


DEFAULT_TIMEOUT_S = 600.0  # no model in the box takes a tenth of it

Model = Annotated[
    str,
    typer.Option(
        help="Name of a model (see `keras-colorize models`), or the path of "
        "an .onnx file.",
        autocompletion=_model_names,
    ),
]
Strength = Annotated[
    float,
    typer.Option(
        help="Factor on the color of the look: 0 is gray, 1 as it is."
    ),
]
Look = Annotated[
    str,
    typer.Option(
        help="natural, vivid (more color, more often wrong) or calm (near "
        "gray where the model is not sure); see the model's `inspect`.",
        autocompletion=lambda: ["natural", "vivid", "calm"],
    ),
]
Temperature = Annotated[
    float | None,
    typer.Option(
        help="Above 0, up to 1; lower goes nearer to the most likely color, "
        "which is less even. Only for classification models; by default that "
        "of the look."
    ),
]
Hints = Annotated[
    Path | None,
    typer.Option(
        help="JSON file of colors at places of the upright photo: a list "
        'of {"x": 120, "y": 80, "radius": 12, "color": "#3366cc"}, in '
        "pixels. For models that take hints."
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace files that exist.")
]
Format = Annotated[
    str | None,
    typer.Option(
        help="Format of the results, such as png or jpg; by default that of "
        "each photo."
    ),
]
Quality = Annotated[
    int | None,
    typer.Option(
        help="From 1 to 100, for JPEG, WebP, AVIF and HEIC; by default 95, "
        "and 90 for AVIF and HEIC."
    ),
]
Suffix = Annotated[
    str | None,
    typer.Option(
        help="What to add to the names of results, before the extension; by "
        "default .colorized beside the photo, and nothing in another folder."
    ),
]
SkipColor = Annotated[
    bool,
    typer.Option(
        "--skip-color",
        help="Leave photos that are in color as they are. A tint, as of "
        "sepia, does not count as color.",
    ),
]
Mark = Annotated[
    bool,
    typer.Option(
        help="Whether the XMP of results says that a trained model has "
        "changed the picture (IPTC's DigitalSourceType)."
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        min=0.001, help="Seconds that the model may take for one photo."
    ),
]
MaxPixels = Annotated[
    int | None,
    typer.Option(
        help="Refuse photos of more pixels, which guards against "
        "decompression bombs; by default 178956970."
    ),
]


def photo_options(
    strength: float,
    temperature: float | None,
    quality: int | None,
    skip_color: bool,
    max_pixels: int | None,
    hints: Path | None = None,
    mark: bool = True,
    look: str = "natural",
) -> "PhotoOptions":
    """Reads how to colorize.

    Raises:
        SettingError: If the file of hints is missing or damaged.
    """
    from keras_colorize.hints import load_hints
    from keras_colorize.serving.options import MAX_PIXELS
    from keras_colorize.serving.options import ColorizeOptions
    from keras_colorize.serving.options import PhotoOptions

    color = ColorizeOptions(
        strength, temperature, tuple(load_hints(hints) if hints else ()), look
    )
    max_pixels = MAX_PIXELS if max_pixels is None else max_pixels
    return PhotoOptions(color, quality, skip_color, max_pixels, mark)


def say_unused_quality(quality: int | None, results: Iterable[Path]) -> None:
    """Says that a quality has no effect on files of formats that have none.

    Args:
        quality: As given.
        results: Names of the files to write; of none nothing is said.
    """
    from keras_colorize.serving.images.write import USE_QUALITY

    suffixes = {path.suffix.lower() for path in results}
    formats = {FORMAT_OF_SUFFIX.get(suffix, "") for suffix in suffixes}
    if quality is not None and formats and formats.isdisjoint(USE_QUALITY):
        names = " and ".join(sorted(formats))
        say(f"Note: --quality has no effect: {names} has none.")


def say_unused_suffix(suffix: str | None, output: Path | None) -> None:
    """Says that a suffix has no effect on a result whose name is given.

    Args:
        suffix: As given.
        output: The name of the result; None for one that goes to stdout.
    """
    if suffix is not None:
        name = "stdout has no name" if output is None else f"it is {output}"
        say(f"Note: --suffix has no effect on the name of the result: {name}.")


def naming(suffix: str | None, format: str | None) -> "Naming":
    """Reads how results are called.

    Raises:
        SettingError: If one of the options means nothing.
    """
    from keras_colorize.serving.images.naming import Naming

    extension = format and f".{format.lower().removeprefix('.')}"
    return Naming(suffix, extension or None)
