"""Colorizes example photos: `python examples/demo.py`.

They are those of the docs (credits: docs/gallery.md), and larger ones that
scikit-image bundles: landscape, building, street, people, animals, plants,
food, an old photograph, and one that never had color. Writes each photo in
color and a sheet (gray | colorized | original) into ./demo_output. Only
lightness reaches the model; the originals' colors are shown for comparison.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image
from skimage import color
from skimage import data

from keras_colorize import ColorizeSession
from keras_colorize import colorize
from keras_colorize.errors import ColorizeError
from keras_colorize.presets import DEFAULT_MODEL
from keras_colorize.serving.images.read import read_photo
from keras_colorize.serving.images.sheet import make_sheet

FOLDER = Path(__file__).parents[1] / "docs" / "photos"
# Without a suffix: of scikit-image.
PHOTOS = (
    "mountains.jpg",
    "temple.jpg",
    "street.jpg",
    "church.jpg",
    "dandelions.jpg",
    "dogs.jpg",
    "fig.jpg",
    "astronaut",
    "camera",
)
COLUMNS = ("gray", "colorized", "original")


def main(
    output: Annotated[Path, typer.Option(help="Folder to write into.")] = Path(
        "demo_output"
    ),
    model: Annotated[
        str, typer.Option(help="Shipped weights or the path of an .onnx file.")
    ] = DEFAULT_MODEL,
) -> None:
    """Colorizes the bundled photos with a shipped model."""
    output.mkdir(parents=True, exist_ok=True)
    try:
        session = ColorizeSession(model)
    except ColorizeError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(error.exit_code) from None
    rows = []
    for name in PHOTOS:
        original = load_photo(name)
        gray = to_gray(original)
        colorized = colorize(gray, session=session)
        target = output / Path(name).with_suffix(".png")
        Image.fromarray(colorized).save(target)
        rows.append((gray, colorized, original))
        typer.echo(target)
    sheet = output / "before_after.png"
    make_sheet(rows, COLUMNS).save(sheet)
    typer.echo(f"{sheet}: the photos before and after, side by side")


def load_photo(name):
    """Returns an example photo as uint8 (H, W, 3)."""
    if name.endswith(".jpg"):
        return read_photo(FOLDER / name).rgb
    photo = getattr(data, name)()
    return photo if photo.ndim == 3 else np.stack([photo] * 3, axis=-1)


def to_gray(photo):
    """Returns the neutral gray of the same lightness, uint8 (H, W, 3)."""
    lab = color.rgb2lab(photo)
    lab[..., 1:] = 0.0
    return np.round(255 * color.lab2rgb(lab)).astype(np.uint8)


if __name__ == "__main__":
    typer.run(main)
