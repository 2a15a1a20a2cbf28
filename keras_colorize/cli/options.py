"""Options that several commands share, with one name and one help text."""

from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[
    str,
    typer.Option(
        help="Name of a model (see `keras-colorize models`), or the path of "
        "an .onnx file."
    ),
]
Strength = Annotated[
    float,
    typer.Option(
        help="Factor on the predicted color: 0 is gray, 1 as predicted."
    ),
]
Temperature = Annotated[
    float | None,
    typer.Option(
        help="Above 0, up to 1; lower is more vivid and less even. Only for "
        "classification models; by default what the model file says."
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
