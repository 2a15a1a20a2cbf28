"""Makes the before/after pictures of the docs: `make pictures`.

Reads the photos of `docs/photos` (credits: docs/gallery.md), takes their color
away, colorizes them with weights in the box, and writes one sheet a photo and
`before_after.jpg`, the rows at the top of the README, into `docs/pictures`.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image

from keras_colorize import ColorizeSession
from keras_colorize import colorize
from keras_colorize.presets import DEFAULT_MODEL
from keras_colorize.serving.images.sheet import make_sheet

DOCS = Path(__file__).parent
PHOTOS = DOCS / "photos"
PICTURES = DOCS / "pictures"
TOP_ROWS = ("mountains", "dogs", "temple")
LOOKS = ("natural", "vivid")
COLUMNS = ("gray", *LOOKS, "original")


def main(
    model: Annotated[
        str, typer.Option(help="Weights in the box.")
    ] = DEFAULT_MODEL,
    output: Annotated[
        Path, typer.Option(help="Folder to write into.")
    ] = PICTURES,
) -> None:
    """Colorizes the photos of the docs and lays them out side by side."""
    output.mkdir(parents=True, exist_ok=True)
    session = ColorizeSession(model)
    rows = {
        path.stem: _row(path, session) for path in sorted(PHOTOS.glob("*.jpg"))
    }
    for name, row in rows.items():
        _save([row], output / f"{name}.jpg")
    _save([rows[name] for name in TOP_ROWS], output / "before_after.jpg")


def _row(path: Path, session: ColorizeSession) -> list[np.ndarray]:
    """Gray, natural, vivid and, of photos in color, the original."""
    with Image.open(path) as image:
        is_in_color = image.mode == "RGB"
        original = np.asarray(image.convert("RGB"))
    gray = session.colorize_array(original, strength=0.0)
    looks = [colorize(gray, session=session, look=name) for name in LOOKS]
    return [gray, *looks, original] if is_in_color else [gray, *looks]


def _save(rows: list[list[np.ndarray]], path: Path) -> None:
    sheet = make_sheet(rows, COLUMNS[: len(rows[0])])
    sheet.save(path, quality=85, optimize=True, progressive=True)
    typer.echo(path)


if __name__ == "__main__":
    typer.run(main)
